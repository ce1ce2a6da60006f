/** What a test of the rehearsal is made of. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import type { Simulator } from '../../../simulator/simulator.js'
import type { SimulatorUser } from '../../../simulator/users.js'
import type { Answer, Visitor } from './visitor.js'

/** What came of a test. */
export interface Verdict {
  readonly passed: boolean | null
  /** What came back, in a few words. */
  readonly answer: string
}

/** What both the rehearsed application and a running one can be asked. */
export interface Target {
  readonly config: Cis2Config
  /** Guarded paths below `baseUrl`: those that the team names, or one of ours. */
  readonly guarded: readonly string[]
  /** A new browser. */
  newVisitor(): Visitor
}

/** The application on a stage of its own: simulator, clock and audit stream are in the test's hands. */
export interface Scene extends Target {
  readonly simulator: Simulator
  /** Whether it is the team's own. */
  readonly isTheirs: boolean
  /** Bodies of the logout tokens that CIS2 has posted, oldest first. */
  readonly logoutTokens: readonly string[]
  advance(seconds: number): void
  /** From the application's sign-in route to the address of the callback. */
  toCallback(visitor: Visitor, user?: SimulatorUser): Promise<string>
  /** The whole way; what the callback answered. */
  signIn(visitor: Visitor, user?: SimulatorUser): Promise<Answer>
  isSignedIn(visitor: Visitor, cookies?: string): Promise<boolean>
  /** Hands a logout token to the application as CIS2 does. */
  tellLogout(token: string): Promise<number>
}

export interface TestCase<Subject extends Target = Scene> {
  readonly id: string
  readonly name: string
  /** What is sent. */
  readonly request: string
  readonly expected: string
  /** Ids of requirements that it bears on. */
  readonly requirements?: readonly string[]
  run(subject: Subject): Promise<Verdict>
}
