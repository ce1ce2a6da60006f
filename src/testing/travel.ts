/** One journey of a browser: from the application to CIS2 and back, each step as a browser would take it. */
import type { SimulatorAuthenticator } from '../simulator/authenticators.js'
import type { Simulator } from '../simulator/simulator.js'
import type { SimulatorUser } from '../simulator/users.js'
import type { Asked } from './personas.js'
import type { Registration, Registrations } from './registrations.js'
import { answerOf, describeAnswer, get, type SupertestAgent, type SupertestResponse } from './supertest-agent.js'
import { TestCis2Error } from './test-cis2-error.js'

/** What the person does at CIS2. */
export interface Doing {
  readonly persona: SimulatorUser
  readonly authenticator: SimulatorAuthenticator
  readonly roleId: string | undefined
}

export interface Journey {
  readonly agent: SupertestAgent
  /** Cookies that CIS2 has set in this browser. */
  readonly cookies: Map<string, string>
  /** Addresses in the application that begin a sign-in, in the order in which they are tried. */
  readonly starts: readonly string[]
  /** Decides, once the application has said what it asks for. */
  readonly decide: (asked: Asked, request: URLSearchParams) => Doing
}

export interface World {
  readonly simulator: Simulator
  readonly registrations: Registrations
}

/** Discovery takes a few milliseconds; an application that is asked earlier answers 503. */
const READY_WITHIN_MS = 1000
const READY_POLL_MS = 5

/** Travels there and back. Throws {@link TestCis2Error} when the application or CIS2 refuses. */
export async function travel(world: World, journey: Journey): Promise<{ registration: Registration; doing: Doing }> {
  const { authorize, registration } = await begin(world, journey)
  const request = authorize.searchParams
  const asked = { acrValues: request.get('acr_values') ?? '', scopes: (request.get('scope') ?? '').split(' ') }
  const doing = journey.decide(asked, request)
  const callback = await signInAtCis2(world, journey, authorize, doing)
  const answer = await get(journey.agent, callback.pathname + callback.search)
  if (answer.status !== 303) throw refused(answer, `The application refused the sign-in of ${doing.persona.name}`)
  return { registration, doing }
}

/** Asks the application to begin; returns the address at CIS2 that it sends the browser to. */
async function begin(
  { simulator, registrations }: World,
  { agent, starts }: Journey,
): Promise<{ authorize: URL; registration: Registration }> {
  // The newest is tried first, and is the one that the test is most likely about.
  let failure: TestCis2Error | undefined
  for (const start of starts) {
    const answer = await atItsHost(registrations, agent, start, await getOnceReady(agent, start))
    const { location } = answer.headers
    if (answer.status !== 302 || location === undefined) {
      failure ??= refused(answer, `GET ${start} began no sign-in (is cis2Auth(cis2.options()) mounted?)`)
      continue
    }
    const authorize = new URL(location, 'http://the-application-itself.invalid')
    const registration = registrations.ofClient(authorize.searchParams.get('client_id'))
    if (authorize.origin === new URL(simulator.issuer).origin && registration !== undefined) {
      return { authorize, registration }
    }
    failure ??= new TestCis2Error(`GET ${start} leads to ${authorize.origin}: give cis2Auth the result of options().`)
  }
  throw failure ?? new TestCis2Error('Nobody can sign in yet: give cis2Auth the result of options().')
}

/** An application sends browsers to the host of its `baseUrl` first; the agent is there already, by another address. */
async function atItsHost(
  registrations: Registrations,
  agent: SupertestAgent,
  start: string,
  answer: SupertestResponse,
): Promise<SupertestResponse> {
  const { location = '' } = answer.headers
  if (!URL.canParse(location) || !registrations.isBaseOrigin(new URL(location).origin)) return answer
  return get(agent, start, { host: new URL(location).host })
}

async function getOnceReady(agent: SupertestAgent, path: string): Promise<SupertestResponse> {
  const until = Date.now() + READY_WITHIN_MS
  for (;;) {
    const answer = await get(agent, path)
    if (answer.status !== 503 || Date.now() > until) return answer
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
}

/** From the authorization request to the address of the callback. */
async function signInAtCis2(
  { simulator }: World,
  { cookies }: Journey,
  authorize: URL,
  { persona, authenticator, roleId }: Doing,
): Promise<URL> {
  const { origin } = new URL(simulator.issuer)
  const next = await visit(simulator, cookies, authorize)
  // CIS2 needed to ask nothing: it has a session of this browser, or refuses.
  if (next.origin !== origin) return next
  const form = new URLSearchParams({ action: 'sign-in', user: persona.sub, authenticator: authenticator.name })
  if (roleId !== undefined) form.set('role', roleId)
  return visit(simulator, cookies, next, form)
}

/** One request of the browser to CIS2, which must lead on. */
async function visit(
  simulator: Simulator,
  cookies: Map<string, string>,
  address: URL,
  form?: URLSearchParams,
): Promise<URL> {
  const response = await simulator.fetch(address.href, {
    redirect: 'manual',
    headers: {
      cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    // As text: under a DOM environment the form is of another realm than the one that Node's fetch knows.
    ...(form === undefined ? {} : { method: 'POST', body: form.toString() }),
  })
  await response.body?.cancel()
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? []
    cookies.set(name, value)
  }
  const location = response.headers.get('location')
  if (location !== null) return new URL(location, address)
  const refusal = simulator.requests.findLast((entry) => entry.refusal !== undefined)?.refusal
  throw new TestCis2Error(`CIS2 refused: ${refusal ?? `it answered ${response.status}`}.`)
}

function refused(response: SupertestResponse, what: string): TestCis2Error {
  const answer = answerOf(response)
  return new TestCis2Error(`${what}: ${describeAnswer(answer)}.`, { answer })
}
