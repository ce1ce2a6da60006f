/** What `startTestCis2()` takes and returns. */
import type { LogoutDelivery } from '../simulator/back-channel.js'
import type { Simulator } from '../simulator/simulator.js'
import type { SimulatorUser } from '../simulator/users.js'
import type { PlaywrightPage } from './browser-agent.js'
import type { BrowserCookie } from './browser-cookies.js'
import type { RoleChoice } from './personas.js'
import type { TestCis2Options, TestOptions } from './registrations.js'
import type { SupertestAgent } from './supertest-agent.js'

/** How a persona signs in. */
export interface SignInChoice {
  /** Signs in with an authenticator of exactly this level. Default: the strongest that the application lets in. */
  readonly aal?: 1 | 2 | 3
  /** Needed for those who hold several roles. */
  readonly role?: RoleChoice
}

/** What `startTestCis2` takes. */
export interface TestCis2Settings {
  /** The people who can sign in. Default: the simulator's cast, `theCast()`. */
  readonly users?: readonly SimulatorUser[]
  /**
   * Default false. True: the simulated NHS API platform belongs to it. `options()` then carries a fitting `nhsApi`, and
   * `GET /personal-demographics/FHIR/R4/Patient/{NHS number}` answers with a patient of that number, 401 without a token
   * of the platform, 400 without `X-Request-ID` or with another role than the token's.
   */
  readonly nhsApi?: boolean
}

/** A CIS2 for tests, with everything in it that a test does to it. */
export interface TestCis2 {
  /**
   * Options for `cis2Auth`: a `baseUrl` on loopback, the in-memory backend, the simulator as issuer, a client that is
   * registered there, and a clock that stands still. What you give wins, and the registration follows it.
   * Each call is an application of its own.
   */
  options(overrides?: TestOptions): TestCis2Options
  /**
   * Signs a persona in: the whole journey, from the application's sign-in route to CIS2 and back.
   * Rejects with `TestCis2Error`, whose `answer` has the code and reason when the application refused.
   *
   * @param agent - What `request.agent(app)` of supertest returned; or a page of Playwright, whose context gets the
   *   cookies: then the application listens at the `baseUrl` that `options()` was given.
   * @param persona - By name (`'Ngozi Okafor'`) or by `sub`.
   */
  signInAs(agent: SupertestAgent | PlaywrightPage, persona: string, choice?: SignInChoice): Promise<void>
  /**
   * Signs a persona in, in a browser of her own, and returns its cookies for `context.addCookies` of Playwright or
   * `setCookie` of Cypress. The application listens at the `baseUrl` that `options()` was given; of several, the newest.
   */
  cookiesOf(persona: string, choice?: SignInChoice): Promise<BrowserCookie[]>
  /** Who is signed in on the agent signs in again, at AAL3. */
  stepUp(agent: SupertestAgent): Promise<void>
  /** Who is signed in on the agent changes to another of her roles. */
  changeRole(agent: SupertestAgent, role: RoleChoice): Promise<void>
  /**
   * Takes a persona's smartcard out: CIS2 ends her smartcard sessions and tells the applications by back-channel
   * logout. Resolves when they have answered, with what they answered.
   */
  removeSmartcard(persona: string): Promise<readonly LogoutDelivery[]>
  /** Moves the clock of the application and of CIS2. Nothing else moves it. */
  advance(seconds: number): void
  /** For faults, key rotation, and the log of requests. */
  readonly simulator: Simulator
  /** Closes what was opened. */
  stop(): Promise<void>
}
