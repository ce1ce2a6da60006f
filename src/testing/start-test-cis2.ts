/** `startTestCis2()`: a CIS2 of one's own for a test file, and people who sign in to the application under test. */
import type { LogoutDelivery } from '../simulator/back-channel.js'
import { isSmartcard, type SimulatorAuthenticator } from '../simulator/authenticators.js'
import { type Simulator, startSimulator } from '../simulator/simulator.js'
import type { SimulatorUser } from '../simulator/users.js'
import { FrontDoor } from './front-door.js'
import { createNhsApiFor } from './api-platform.js'
import { checkMembers } from './check-members.js'
import { chooseAuthenticator, chooseRole, findPersona, type RoleChoice } from './personas.js'
import {
  publicPath,
  type Registration,
  Registrations,
  type TestCis2Options,
  type TestOptions,
} from './registrations.js'
import { appOf, get, type SupertestAgent } from './supertest-agent.js'
import { TestCis2Error } from './test-cis2-error.js'
import { type Doing, type Journey, travel, type World } from './travel.js'

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

// The compiler refuses these tables when a member is added and not listed here.
const SETTINGS: Readonly<Record<keyof TestCis2Settings, true>> = { users: true, nhsApi: true }
const CHOICE: Readonly<Record<keyof SignInChoice, true>> = { aal: true, role: true }

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
   * @param agent - What `request.agent(app)` of supertest returned.
   * @param persona - By name (`'Ngozi Okafor'`) or by `sub`.
   */
  signInAs(agent: SupertestAgent, persona: string, choice?: SignInChoice): Promise<void>
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

/** What the kit remembers of an agent. */
interface Browser {
  /** Cookies of CIS2. */
  readonly cookies: Map<string, string>
  signedIn: (Doing & { readonly registration: Registration }) | undefined
}

/**
 * Starts a CIS2 for the tests of an application: a simulator on loopback, at a free port.
 *
 * @example
 * ```ts
 * const cis2 = await startTestCis2()
 * const app = express().use(cis2Auth(cis2.options()))
 * const agent = request.agent(app)
 * await cis2.signInAs(agent, 'Ngozi Okafor')
 * await cis2.stop()
 * ```
 *
 * @throws {TestCis2Error} for a member that it does not know, with the nearest that it does.
 */
export async function startTestCis2(settings: TestCis2Settings = {}): Promise<TestCis2> {
  checkMembers(settings, SETTINGS, 'startTestCis2()')
  const { users, nhsApi = false } = settings
  let now = Date.now()
  const clock = () => now
  const simulator = await startSimulator({ clients: [], users, clock })
  const frontDoor = await FrontDoor.open((index) => registrations.at(index))
  const nhsApiFor = nhsApi ? await createNhsApiFor(simulator.url) : undefined
  const registrations = new Registrations({
    nhsApiFor,
    issuer: simulator.issuer,
    origin: frontDoor.origin,
    clock,
    fetch: simulator.fetch,
    addClient: (client) => {
      simulator.addClient(client)
    },
  })
  return {
    simulator,
    options: (overrides = {}) => registrations.add(overrides),
    ...createVisitors({ simulator, registrations }),
    async removeSmartcard(persona) {
      return removeSmartcard(simulator, findPersona(simulator.users, persona))
    },
    advance(seconds) {
      if (!Number.isFinite(seconds) || seconds < 0) {
        throw new TestCis2Error(`advance() takes a number of seconds, 0 or more; not ${String(seconds)}.`)
      }
      now += seconds * 1000
    },
    async stop() {
      await Promise.all([simulator.stop(), frontDoor.close()])
    },
  }
}

function createVisitors(world: World): Pick<TestCis2, 'signInAs' | 'stepUp' | 'changeRole'> {
  const browsers = new WeakMap<SupertestAgent, Browser>()

  function browserOf(agent: SupertestAgent): Browser {
    const browser = browsers.get(agent) ?? { cookies: new Map<string, string>(), signedIn: undefined }
    browsers.set(agent, browser)
    return browser
  }

  async function go(agent: SupertestAgent, browser: Browser, journey: Pick<Journey, 'starts' | 'decide'>) {
    const { registration, doing } = await travel(world, { agent, cookies: browser.cookies, ...journey })
    registration.apps.add(appOf(agent))
    browser.signedIn = { ...doing, registration }
  }

  return {
    async signInAs(agent, persona, choice = {}) {
      checkMembers(choice, CHOICE, 'signInAs()')
      const { aal, role } = choice
      appOf(agent)
      const who = findPersona(world.simulator.users, persona)
      const browser = browserOf(agent)
      await go(agent, browser, {
        starts: world.registrations.loginPaths(),
        decide(asked, request) {
          // Without it CIS2 would use the session of whoever was there before.
          if (request.get('prompt') !== 'login') browser.cookies.clear()
          const authenticator = chooseAuthenticator(who, asked, aal)
          return { persona: who, authenticator, roleId: chooseRole(who, asked, authenticator, role) }
        },
      })
    },
    async stepUp(agent) {
      const browser = browserOf(agent)
      const { persona, roleId, registration } = await signedIn(agent, browser)
      await go(agent, browser, {
        starts: [`${pathOf(registration, 'login')}?aal=3`],
        decide: (asked) => ({ persona, roleId, authenticator: chooseAuthenticator(persona, asked, 3) }),
      })
    },
    async changeRole(agent, role) {
      const browser = browserOf(agent)
      const { persona, authenticator, registration } = await signedIn(agent, browser)
      await go(agent, browser, {
        starts: [pathOf(registration, 'changeRole')],
        decide: (asked) => ({ persona, authenticator, roleId: chooseRole(persona, asked, authenticator, role) }),
      })
    },
  }
}

/** Who the application says is still there: a sign-in that has ended unnoticed would make a test prove nothing. */
async function signedIn(agent: SupertestAgent, browser: Browser): Promise<NonNullable<Browser['signedIn']>> {
  appOf(agent)
  if (browser.signedIn === undefined) {
    throw new TestCis2Error('Nobody has signed in on this agent: call signInAs(agent, persona) first.')
  }
  const { persona, registration } = browser.signedIn
  const status = publicPath(registration.config, 'session')
  if (status !== undefined) {
    const { body } = (await get(agent, status)) as { body: { signedIn?: unknown; reason?: unknown } }
    if (body.signedIn !== true) {
      const reason = typeof body.reason === 'string' ? ` (${body.reason})` : ''
      throw new TestCis2Error(`${persona.name} is no longer signed in on this agent${reason}: call signInAs first.`)
    }
  }
  return browser.signedIn
}

function pathOf({ config }: Registration, route: 'login' | 'changeRole'): string {
  const path = publicPath(config, route)
  if (path !== undefined) return path
  throw new TestCis2Error(`The application's options switch the route "${route}" off.`)
}

async function removeSmartcard(
  simulator: Simulator,
  { name, sub, authenticators }: SimulatorUser,
): Promise<readonly LogoutDelivery[]> {
  if (!authenticators.some(isCard)) {
    const own = authenticators.map((each) => each.name).join(' and ')
    throw new TestCis2Error(`${name} has no smartcard, only ${own}.`)
  }
  const deliveries = await simulator.removeSmartcard(sub)
  if (deliveries.length > 0) return deliveries
  throw new TestCis2Error(
    `No application was told: ${name} is not signed in with a smartcard, or the option routes.backChannelLogout is false.`,
  )
}

function isCard({ name }: SimulatorAuthenticator): boolean {
  return isSmartcard(name)
}
