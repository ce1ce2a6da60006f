/** The authorization request, as the application sends it. */
import type { Target, TestCase } from '../test-case.js'
import { labelOf, type Answer } from '../visitor.js'

/** CIS2's conformance: at most five minutes. */
const LONGEST_MAX_AGE_SECONDS = 300

/** Where the sign-in route leads; undefined when it leads nowhere. */
export async function authorizationRequestOf(
  target: Target,
): Promise<{ answer: Answer; sent: URLSearchParams | undefined }> {
  const { login } = target.config.routes
  const answer = await target.newVisitor().open(login === false ? '/' : login)
  const location = answer.headers.get('location') ?? ''
  return { answer, sent: URL.canParse(location) ? new URL(location).searchParams : undefined }
}

const fresh: TestCase<Target> = {
  id: 'fresh-authentication',
  name: 'A sign-in that rests on an earlier one',
  request: 'the sign-in route',
  expected: 'prompt=login, or max_age of at most 300',
  requirements: ['NHS CIA Ses Req 002'],
  async run(target) {
    const { answer, sent } = await authorizationRequestOf(target)
    if (sent === undefined) return { passed: false, answer: labelOf(answer) }
    const [prompt, maxAge] = [sent.get('prompt'), sent.get('max_age')]
    const short = maxAge !== null && Number(maxAge) <= LONGEST_MAX_AGE_SECONDS
    return {
      passed: prompt?.split(' ').includes('login') === true || short,
      answer: `prompt=${prompt ?? '(none)'}, max_age=${maxAge ?? '(none)'}`,
    }
  },
}

/** 128 bits in base64url. */
const LEAST_CHARACTERS = 22

const bound: TestCase<Target> = {
  id: 'request-bound',
  name: 'An authorization request that can be guessed or reused',
  request: 'the sign-in route, twice',
  expected: 'response_type=code; state and nonce of 22 characters or more, others each time; PKCE, when sent, is S256',
  async run(target) {
    const [{ answer, sent: one }, { sent: other }] = [
      await authorizationRequestOf(target),
      await authorizationRequestOf(target),
    ]
    if (one === undefined || other === undefined) return { passed: false, answer: labelOf(answer) }
    const isRandom = (name: string) =>
      (one.get(name) ?? '').length >= LEAST_CHARACTERS && one.get(name) !== other.get(name)
    const method = one.get('code_challenge_method')
    const faults = [
      ...(one.get('response_type') === 'code' ? [] : ['response_type is not code']),
      ...(isRandom('state') ? [] : ['state is short or repeated']),
      ...(isRandom('nonce') ? [] : ['nonce is short or repeated']),
      ...(method === null || method === 'S256' ? [] : ['PKCE is not S256']),
    ]
    return { passed: faults.length === 0, answer: faults.length === 0 ? 'as expected' : faults.join('; ') }
  },
}

export const REQUEST_TESTS: readonly TestCase<Target>[] = [fresh, bound]
