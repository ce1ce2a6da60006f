/** Who signs in to the applications under test, and stays signed in from one call to the next. */
import { publicAddress } from '../primitives/public-address.js'
import { BrowserAgent, isPage } from './browser-agent.js'
import type { BrowserCookie } from './browser-cookies.js'
import { checkMembers } from './check-members.js'
import { chooseAuthenticator, chooseRole, findPersona } from './personas.js'
import { publicPath, type Registration } from './registrations.js'
import type { SignInChoice, TestCis2 } from './test-cis2.js'
import { appOf, get, type SupertestAgent } from './supertest-agent.js'
import { TestCis2Error } from './test-cis2-error.js'
import { type Doing, type Journey, travel, type World } from './travel.js'

// The compiler refuses this table when a member is added and not listed here.
const CHOICE: Readonly<Record<keyof SignInChoice, true>> = { aal: true, role: true }

/** What the kit remembers of an agent. */
interface Browser {
  /** Cookies of CIS2. */
  readonly cookies: Map<string, string>
  signedIn: (Doing & { readonly registration: Registration }) | undefined
}

export function createVisitors(world: World): Pick<TestCis2, 'signInAs' | 'cookiesOf' | 'stepUp' | 'changeRole'> {
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

  async function signIn(
    agent: SupertestAgent,
    starts: readonly string[],
    persona: string,
    choice: SignInChoice = {},
  ): Promise<void> {
    checkMembers(choice, CHOICE, 'signInAs()')
    const { aal, role } = choice
    appOf(agent)
    const who = findPersona(world.simulator.users, persona)
    const browser = browserOf(agent)
    await go(agent, browser, {
      starts,
      decide(asked, request) {
        // Without it CIS2 would use the session of whoever was there before.
        if (request.get('prompt') !== 'login') browser.cookies.clear()
        const authenticator = chooseAuthenticator(who, asked, aal)
        return { persona: who, authenticator, roleId: chooseRole(who, asked, authenticator, role) }
      },
    })
  }

  return {
    async signInAs(browser, persona, choice) {
      if (!isPage(browser)) {
        await signIn(browser, world.registrations.loginPaths(), persona, choice)
        return
      }
      const registration = world.registrations.reachable()
      const context = browser.context()
      // With what it has already, so that a session of before is replaced as in any browser.
      const agent = agentOf(registration, await context.cookies(addressOf(registration)))
      await signIn(agent, [pathOf(registration, 'login')], persona, choice)
      await context.addCookies(agent.jar.all)
    },
    async cookiesOf(persona, choice) {
      const registration = world.registrations.reachable()
      const agent = agentOf(registration)
      await signIn(agent, [pathOf(registration, 'login')], persona, choice)
      return agent.jar.all
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

function addressOf({ config: { baseUrl } }: Registration): string {
  return publicAddress(baseUrl)
}

function agentOf({ config }: Registration, cookies?: readonly BrowserCookie[]): BrowserAgent {
  return new BrowserAgent(config.baseUrl.origin, cookies)
}

function pathOf({ config }: Registration, route: 'login' | 'changeRole'): string {
  const path = publicPath(config, route)
  if (path !== undefined) return path
  throw new TestCis2Error(`The application's options switch the route "${route}" off.`)
}
