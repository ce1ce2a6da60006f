/** `startTestCis2()`: a CIS2 of one's own for a test file, and people who sign in to the application under test. */
import type { LogoutDelivery } from '../simulator/back-channel.js'
import { isSmartcard, type SimulatorAuthenticator } from '../simulator/authenticators.js'
import { type Simulator, startSimulator } from '../simulator/simulator.js'
import type { SimulatorUser } from '../simulator/users.js'
import { createNhsApiFor } from './api-platform.js'
import { checkMembers } from './check-members.js'
import { FrontDoor } from './front-door.js'
import { findPersona } from './personas.js'
import { Registrations } from './registrations.js'
import type { TestCis2, TestCis2Settings } from './test-cis2.js'
import { TestCis2Error } from './test-cis2-error.js'
import { createVisitors } from './visitors.js'

// The compiler refuses this table when a member is added and not listed here.
const SETTINGS: Readonly<Record<keyof TestCis2Settings, true>> = { users: true, nhsApi: true }

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
