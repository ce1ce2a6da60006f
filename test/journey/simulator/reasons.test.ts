/** Where the true reason of a refusal is told: on the page, in a sequence of its own, in the log, and in a file to keep. */
import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { authorizeAddress, CLIENT, exchange, lastRefusal, REDIRECT_URI, signInAs } from './conversation.js'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ clients: [{ ...CLIENT, backChannelLogoutUri: 'http://127.0.0.1:9/logout' }] })
})
afterAll(() => simulator.stop())
afterEach(() => {
  simulator.clearFaults()
})

const text = async (address: string, headers: Record<string, string> = { Accept: 'text/html' }) => {
  const reply = await fetch(new URL(address, simulator.url), { headers, redirect: 'manual' })
  return { status: reply.status, type: reply.headers.get('content-type'), body: await reply.text() }
}
const logged = async () =>
  (JSON.parse((await text('/simulator/requests', {})).body) as { requests: { refusal?: string; faults?: string[] }[] })
    .requests

const OTHER = 'https://clinic.example/other'

describe('a refusal', () => {
  it.each([
    { what: 'an unknown client', fields: { client_id: 'nobody' }, why: 'no client &quot;nobody&quot; is registered' },
    { what: 'no client', fields: { client_id: undefined }, why: 'client_id is missing' },
    {
      what: 'a wrong redirect address',
      fields: { redirect_uri: OTHER },
      why: `redirect_uri &quot;${OTHER}&quot; is not registered, to the last character; registered: ${REDIRECT_URI}`,
    },
  ])('of $what has its reason on the page, which leads to a sequence of its own', async ({ fields, why }) => {
    const { body } = await text(authorizeAddress(simulator, fields))
    expect(body.replaceAll('&#x2F;', '/')).toContain(why)
    const [, only = '', anchor] = /requests\?only=([^#"]+)#([^"]+)"/.exec(body) ?? []
    expect(anchor).toBe(only)
    const page = (await text(`/simulator/requests?only=${only}`)).body
    expect(page.match(/<article/g)).toHaveLength(1)
    expect(page).toContain(`<h2 id="${only}"`)
    expect(page.replaceAll('&#x2F;', '/')).toContain(`Refused: ${why}`)
    expect((await logged()).at(-1)?.refusal).toBe(lastRefusal(simulator))
  })

  it('is not cut off by the sign-ins after it, and neither drawn last', async () => {
    const { body } = await text(authorizeAddress(simulator, { client_id: 'an-early-one' }))
    const [, only = ''] = /requests\?only=([^#"]+)#/.exec(body) ?? []
    await text(authorizeAddress(simulator, { scope: 'nonsense' }))
    for (let count = 0; count < 25; count += 1) await text(authorizeAddress(simulator))
    expect((await text(`/simulator/requests?only=${only}`)).body).toContain('an-early-one')
    expect((await text('/simulator/requests?search=an-early')).body).toContain('an-early-one')
    expect((await text('/simulator/requests')).body).not.toContain('an-early-one')
    expect((await text('/simulator/requests?page=2')).body).toContain('an-early-one')
    const all = (await text('/simulator/requests?page=2')).body
    expect(all.indexOf('an-early-one')).toBeLessThan(all.indexOf('Outside any sign-in') >>> 0)
  })

  it('at the token endpoint, of a code that belongs to nobody, has a sequence of its own too', async () => {
    await exchange(simulator, 'invented')
    const { id, refusal } = simulator.requests.at(-1) ?? {}
    const page = (await text(`/simulator/requests?only=request-${String(id)}`)).body
    expect(page).toContain(`Refused: ${String(refusal)}`)
  })

  it('by redirect is in the log: the page that the browser lands on is the application’s', async () => {
    const reply = await fetch(authorizeAddress(simulator, { scope: 'openid nonsense' }), { redirect: 'manual' })
    expect(reply.headers.get('location')).toContain('error_description=Unknown%2Finvalid+scope')
    expect((await logged()).at(-1)?.refusal).toBe('Unknown/invalid scope(s): [nonsense]')
  })

  it.each([
    { address: '/openam/XUI/sign-in?request=gone', why: 'no sign-in of that id is under way' },
    { address: '/connect/endSession', why: 'id_token_hint is missing or no token' },
  ])('at $address is explained on its page', async ({ address, why }) => {
    const path = address.startsWith('/openam') ? address : `${simulator.issuer}${address}`
    const { status, body } = await text(path)
    expect([status, body]).toEqual([400, expect.stringContaining(why)])
    expect(body).toMatch(/only=request-\d+#request-\d+/)
  })

  it('tells a program in JSON what is not there, and a person on a page', async () => {
    expect(JSON.parse((await text('/nowhere', {})).body)).toEqual({
      problems: [`nothing is at /nowhere; CIS2 is below ${simulator.issuer}`],
    })
    const page = await text('/nowhere')
    expect([page.status, page.body]).toEqual([404, expect.stringContaining('Nothing is here')])
  })
})

describe('a fault', () => {
  it('is named on CIS2’s pages, and in the messages that it spoiled, and nowhere else', async () => {
    simulator.setFault('acr-lowered')
    simulator.setFault('auth-time-old', 900)
    simulator.setFault('userinfo-huge')
    expect((await text(authorizeAddress(simulator, { client_id: 'x' }))).body).toContain(
      'acr-lowered, auth-time-old: 900, userinfo-huge',
    )
    const { code } = await signInAs(simulator)
    await exchange(simulator, code)
    await exchange(simulator, 'invented')
    const [spoiled, refused] = (await logged()).slice(-2)
    expect(spoiled?.faults).toEqual(['acr-lowered', 'auth-time-old'])
    expect(refused?.faults).toBeUndefined()
    expect((await text('/simulator/requests')).body).toContain('fault acr-lowered, auth-time-old')
  })

  it('that keeps a logout token back is told as one', async () => {
    simulator.setFault('logout-lost')
    const { code } = await signInAs(simulator)
    await exchange(simulator, code)
    expect(await simulator.endSession('555000000101')).toEqual([])
    const lost = simulator.requests.filter(({ refusal }) => refusal === 'not sent at all: the fault logout-lost')
    expect(lost.length).toBeGreaterThan(0)
    expect(lost[0]).toMatchObject({ from: 'cis2', to: 'app', status: 0, faults: ['logout-lost'] })
  })
})

describe('a file to keep', () => {
  it('has the whole log as JSON, masked', async () => {
    await exchange(simulator, 'invented', { client_secret: 'my-real-secret' })
    const { status, body } = await text('/simulator/requests.json')
    expect(status).toBe(200)
    expect((JSON.parse(body) as { requests: unknown[] }).requests).toHaveLength(simulator.requests.length)
    expect(body).not.toContain('my-real-secret')
  })

  it('has one sequence as an SVG, with its reasons, and escapes what was sent', async () => {
    await text(authorizeAddress(simulator, { client_id: '<script>' }))
    const { journey } = simulator.requests.at(-1) ?? {}
    const { type, body } = await text(`/simulator/requests/${String(journey)}.svg`)
    expect(type).toBe('image/svg+xml')
    expect(body).toMatch(/^<svg [\s\S]*Why: no client [\s\S]*<\/svg>\s*$/)
    expect(body).not.toContain('<script>')
    expect((await text('/simulator/requests/nothing.svg')).status).toBe(404)
  })
})
