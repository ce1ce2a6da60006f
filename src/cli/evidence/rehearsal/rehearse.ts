/** The rehearsal: every test that needs the simulator, against the team's application or one of ours with its options. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import type { Cis2Options } from '../../../options/cis2-options.js'
import type { TestRow } from '../report.js'
import { type CreateApp, OWN_PAGE } from './application.js'
import { STAFF } from './cast.js'
import { runTests } from './run-tests.js'
import { sceneOn } from './scene.js'
import { setStage } from './stage.js'
import type { Scene, TestCase } from './test-case.js'
import { CALLBACK_TESTS } from './tests/callback-tests.js'
import { LOGOUT_TESTS } from './tests/logout-tests.js'
import { cachingTests, ERROR_PAGE_TESTS, strangerTests } from './tests/page-tests.js'
import { authorizationRequestOf, REQUEST_TESTS } from './tests/request-tests.js'
import { HONEST_TEST, SESSION_TESTS } from './tests/session-tests.js'
import { TOKEN_TESTS } from './tests/token-tests.js'

export interface RehearsalSettings {
  readonly options: Cis2Options
  readonly config: Cis2Config
  /** Undefined: our own small application. */
  readonly createApp: CreateApp | undefined
  /** Paths that the team says are guarded. */
  readonly protectedPaths: readonly string[]
  readonly progress: (row: TestRow) => void
}

export interface Rehearsal {
  readonly tests: readonly TestRow[]
  /** Parameters of the authorization request. */
  readonly authorizationRequest: URLSearchParams
}

export async function rehearse({ progress, ...settings }: RehearsalSettings): Promise<Rehearsal> {
  const stage = await setStage(settings)
  try {
    const scene = sceneOn(stage, settings.protectedPaths)
    const { sent = new URLSearchParams() } = await authorizationRequestOf(scene)
    const run = {
      subject: scene,
      notes: stage.notes,
      against: stage.isTheirs ? 'application' : 'configuration',
      prepare: () => stage.simulator.endSession(STAFF.sub),
      progress,
    } as const
    // Whoever lets nobody in refuses everything, and proves nothing by it.
    const honest = await runTests({ ...run, tests: [HONEST_TEST] })
    const blocked = honest[0]?.passed === true ? undefined : 'not run: a sign-in that nothing spoils is not accepted'
    const others = await runTests({ ...run, tests: testsFor(scene, settings.options), blocked })
    return { tests: [...honest, ...others], authorizationRequest: sent }
  } finally {
    await stage.close()
  }
}

function testsFor({ isTheirs, guarded }: Scene, { errors }: Cis2Options): TestCase[] {
  const pages = isTheirs ? guarded : [OWN_PAGE]
  return [
    ...REQUEST_TESTS,
    ...TOKEN_TESTS,
    ...CALLBACK_TESTS,
    ...strangerTests(pages),
    ...cachingTests(pages),
    // With errors: 'next' the pages are the team's, which are not here without its application.
    ...(isTheirs || errors !== 'next' ? ERROR_PAGE_TESTS : ERROR_PAGE_TESTS.map(needsApplication)),
    ...LOGOUT_TESTS,
    ...SESSION_TESTS,
  ]
}

function needsApplication(test: TestCase): TestCase {
  const answer = "not run: with errors: 'next' these pages are your application's; give it with --module"
  return { ...test, run: () => Promise.resolve({ passed: null, answer }) }
}
