/** What a running application is asked, as a stranger can: its real CIS2 is not in our hands. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import { shakeHands } from '../../doctor/check-tls.js'
import { runTests } from '../rehearsal/run-tests.js'
import type { Target, TestCase } from '../rehearsal/test-case.js'
import { STRANGER_ERROR_TESTS, strangerTests } from '../rehearsal/tests/page-tests.js'
import { REQUEST_TESTS } from '../rehearsal/tests/request-tests.js'
import { labelOf, Visitor } from '../rehearsal/visitor.js'
import type { Message, TestRow } from '../report.js'

export interface RunningApplication {
  /** Where it answers: `baseUrl`, or where a proxy or a test puts it. */
  readonly address: URL
  readonly config: Cis2Config
  readonly protectedPaths: readonly string[]
  readonly progress: (row: TestRow) => void
}

export async function askRunning({
  address,
  config,
  protectedPaths,
  progress,
}: RunningApplication): Promise<TestRow[]> {
  const messages: Message[] = []
  const place = {
    origin: address.origin,
    path: address.pathname.replace(/\/$/, ''),
    note: (message: Message) => void messages.push(message),
  }
  const target: Target = { config, guarded: protectedPaths, newVisitor: () => new Visitor(place) }
  return runTests({
    tests: [
      ...(address.protocol === 'https:' ? [tlsTest(address)] : []),
      ...REQUEST_TESTS,
      inventedCallback,
      inventedLogout,
      ...strangerTests(protectedPaths),
      ...STRANGER_ERROR_TESTS,
    ],
    subject: target,
    against: 'running application',
    progress,
    notes: {
      messages,
      events: [],
      clear() {
        messages.length = 0
      },
    },
  })
}

function tlsTest({ origin }: URL): TestCase<Target> {
  return {
    id: 'tls-versions',
    name: 'An old version of TLS',
    request: 'handshakes with TLS 1.0, 1.1, 1.2 and 1.3',
    expected: '1.0 and 1.1 refused, a later one taken',
    requirements: ['Sec Req 003'],
    async run({ config: { timeoutSeconds } }) {
      const tried = await Promise.all(
        (['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const).map((version) =>
          shakeHands(origin, version, timeoutSeconds),
        ),
      )
      const [old, current] = [tried.slice(0, 2), tried.slice(2)]
      const isKnown = !old.includes('untried') && !tried.includes('unreachable')
      return {
        passed: old.includes('taken') ? false : isKnown ? current.includes('taken') : null,
        answer: `1.0 ${tried[0]}, 1.1 ${tried[1]}, 1.2 ${tried[2]}, 1.3 ${tried[3]}`,
      }
    },
  }
}

const inventedCallback: TestCase<Target> = {
  id: 'callback-invented',
  name: 'A callback with an invented state',
  request: 'the callback, with a code and a state that nobody gave out',
  expected: 'refused with 400 or 403',
  async run(target) {
    const { config } = target
    const answer = await target.newVisitor().open(`${String(config.routes.callback)}?code=invented&state=invented`)
    return { passed: [400, 403].includes(answer.status), answer: labelOf(answer) }
  },
}

const inventedLogout: TestCase<Target> = {
  id: 'logout-token-invented',
  name: 'A logout token that is none',
  request: 'the back-channel logout route, as CIS2 calls it, with a text that is no token',
  expected: 'refused with 400, in the words of the specification (invalid_request)',
  requirements: ['Back-channel logout'],
  async run(target) {
    const { backChannelLogout } = target.config.routes
    if (backChannelLogout === false) return { passed: false, answer: 'routes.backChannelLogout is false' }
    const answer = await target
      .newVisitor()
      .open(backChannelLogout, { form: { logout_token: 'invented' }, as: 'program' })
    return {
      passed: answer.status === 400 && answer.body.includes('invalid_request'),
      answer: labelOf(answer),
    }
  },
}
