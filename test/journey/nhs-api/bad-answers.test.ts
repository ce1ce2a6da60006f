/** What the platform and its APIs may answer instead: a typed error, nothing stored, nobody signed out. */
import type { FaultName } from '../../../src/simulator/index.js'
import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'
import { NURSE, PATIENT, startClinic, type Clinic } from './clinic.js'

let cis2: TestCis2
let clinic: Clinic

beforeAll(async () => {
  cis2 = await startTestCis2({ nhsApi: true })
})

afterAll(() => cis2.stop())

beforeEach(async () => {
  clinic = await startClinic(cis2, { options: { nhsApi: { timeoutSeconds: 2 } } })
})

afterEach(async () => {
  cis2.simulator.clearFaults()
  await clinic.close()
})

/** Everything that a good answer holds, spoilt by `changes`. */
function tokens(changes: Record<string, unknown>): Response {
  const good = { access_token: 'a', expires_in: '599', token_type: 'Bearer', refresh_token: 'r', refresh_count: '0' }
  return Response.json({ ...good, refresh_token_expires_in: '43199', ...changes })
}

async function refusedExchange(answer: () => Response | Promise<Response>) {
  const agent = await clinic.signedIn()
  clinic.wire.intercept = ({ grant }, real) => (grant === 'exchange' ? Promise.resolve(answer()) : real())
  const refused = await agent.get('/patients/9000000009')
  // Nothing is called, nothing is kept, nobody is signed out: the next one exchanges and is served.
  expect(clinic.wire.count('call')).toBe(0)
  expect((await agent.get('/session')).body).toMatchObject({ signedIn: true })
  clinic.wire.intercept = undefined
  expect((await agent.get('/patients/9000000009')).status).toBe(200)
  expect(clinic.wire.count('exchange')).toBe(2)
  const { code, reason, retryAfterSeconds } = refused.body as Record<string, unknown>
  expect(code).toBe('CIS2_API_TOKEN')
  expect(clinic.apiEvents()).toEqual([`refused ${String(reason)}`, 'obtained'])
  return { status: refused.status, reason, retryAfterSeconds }
}

describe('an exchange', () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ['HTML', () => new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } })],
    ['HTML that says it is JSON', () => new Response('<h1>', { headers: { 'content-type': 'application/json' } })],
    ['nothing', () => new Response(null, { status: 200 })],
    ['a list', () => Response.json([])],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } })],
    ['more than anybody reads', () => new Response('x'.repeat(600 * 1024))],
    ['no access_token', () => tokens({ access_token: undefined })],
    ['an access_token that is no text', () => tokens({ access_token: 7 })],
    ['an access_token with a line break', () => tokens({ access_token: 'a\r\nX-Evil: 1' })],
    ['another token_type', () => tokens({ token_type: 'mac' })],
    ['no expires_in', () => tokens({ expires_in: undefined })],
    ['an expires_in of words', () => tokens({ expires_in: 'soon' })],
    ['a negative expires_in', () => tokens({ expires_in: '-1' })],
    ['an expires_in of nothing', () => tokens({ expires_in: '0' })],
    ['an absurd expires_in', () => tokens({ expires_in: '999999999' })],
    ['an endless expires_in', () => tokens({ expires_in: 1e308 })],
    ['an odd refresh_token', () => tokens({ refresh_token: { a: 1 } })],
    ['an absurd life of the refresh token', () => tokens({ refresh_token_expires_in: '99999999' })],
    ['a server error', () => new Response('', { status: 500 })],
  ])('answered with %s is unavailable', async (_what, answer) => {
    expect(await refusedExchange(answer)).toMatchObject({ status: 503, reason: 'unavailable' })
  })

  it('answered too late is unavailable', async () => {
    expect(await refusedExchange(() => new Promise(() => undefined))).toMatchObject({ reason: 'unavailable' })
  })

  it.each([
    ['with Retry-After', { 'retry-after': '0' }, 0],
    ['without', {}, undefined],
    ['with one that is no number', { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }, undefined],
  ])('answered 429 %s is rate-limited', async (_how, headers, retryAfterSeconds) => {
    const answer = () => Response.json({ error: 'too_many_requests' }, { status: 429, headers })
    expect(await refusedExchange(answer)).toEqual({ status: 429, reason: 'rate-limited', retryAfterSeconds })
  })

  it('is not asked for while the platform wants a pause', async () => {
    const agent = await clinic.signedIn()
    clinic.wire.intercept = () => Promise.resolve(new Response('', { status: 429, headers: { 'retry-after': '60' } }))
    await agent.get('/headers')
    const second = await agent.get('/headers')
    expect([second.status, second.body]).toEqual([429, expect.objectContaining({ retryAfterSeconds: 60 })])
    expect(clinic.wire.sent.length).toBe(1)
  })

  it.each<[FaultName, string]>([
    ['api-key-unknown', 'api-key'],
    ['api-not-approved', 'not-authorised'],
    ['api-key-set-missing', 'key-set'],
    ['api-key-set-unreachable', 'key-set'],
    ['api-signature', 'key-set'],
    ['api-issuer-unpaired', 'issuer'],
    ['api-scopes-none', 'not-authorised'],
  ])('refused as %s is told as %s, with the message_id that support asks for', async (fault, reason) => {
    cis2.simulator.setFault(fault)
    const agent = await clinic.signedIn()
    const { status, body } = (await agent.get('/headers')) as { status: number; body: Record<string, string> }
    expect({ status, code: body.code, reason: body.reason }).toEqual({ status: 502, code: 'CIS2_API_TOKEN', reason })
    expect(body.message).toMatch(/\(message_id [\w-]+\)/)
    expect((await agent.get('/session')).body).toMatchObject({ signedIn: true })
  })

  it('is told by the platform that the ID token has expired', async () => {
    const description = "Invalid 'exp' claim in subject_token JWT - JWT has expired"
    const answer = () => Response.json({ error: 'invalid_request', error_description: description }, { status: 400 })
    expect(await refusedExchange(answer)).toMatchObject({ status: 502, reason: 'expired' })
  })

  it('repeats none of the platform’s words that are not known', async () => {
    const agent = await clinic.signedIn()
    const error_description = '<script>c4nary</script>'
    clinic.wire.intercept = () =>
      Promise.resolve(Response.json({ error: 'c4nary', error_description, message_id: '"c4nary' }, { status: 400 }))
    const answer = await agent.get('/headers')
    expect(answer.body).toMatchObject({ reason: 'assertion' })
    expect(JSON.stringify([answer.body, clinic.events])).not.toContain('c4nary')
  })

  it('that gives a token of another role shows the user nothing, and signs nobody out', async () => {
    const person = cis2.simulator.users.find(({ roles }) => roles.length === 3)
    const [one = '', two = ''] = person?.roles.map((role) => role.person_roleid) ?? []
    const other = await clinic.signedIn(person?.name, { role: two })
    const { Authorization = '' } = (await other.get('/headers')).body as Record<string, string>
    const agent = await clinic.signedIn(person?.name, { role: one })
    const mixedUp = () => tokens({ access_token: Authorization.replace('Bearer ', '') })
    clinic.wire.intercept = ({ grant }, real) => (grant === 'exchange' ? Promise.resolve(mixedUp()) : real())
    // A token says nothing to whoever carries it: the API compares its role with the NHSD-Session-URID.
    const answer = await agent.get('/patients/9000000009')
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ resourceType: 'OperationOutcome' })])
    expect(clinic.wire.sent.at(-1)?.headers.get('nhsd-session-urid')).toBe(one)
    for (const user of [agent, other]) expect((await user.get('/session')).body).toMatchObject({ signedIn: true })
    expect((await other.get('/patients/9000000009')).status).toBe(200)
  })

  it('that gives a token of less than a minute is used all the same, and once', async () => {
    cis2.simulator.setFault('api-token-short')
    const agent = await clinic.signedIn()
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([1, 1])
  })

  it('that gives no refresh token is made again while the ID token lasts', async () => {
    cis2.simulator.setFault('api-refresh-missing')
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([2, 0])
  })
})

describe('a refresh', () => {
  it.each<[string, () => Response]>([
    ['nothing', () => new Response(null, { status: 200 })],
    ['no expires_in', () => tokens({ expires_in: undefined })],
    ['an expires_in of words', () => tokens({ expires_in: 'soon' })],
    ['a negative expires_in', () => tokens({ expires_in: '-1' })],
    ['an absurd expires_in', () => tokens({ expires_in: '999999999' })],
  ])('answered with %s stores nothing of it: the ID token is exchanged anew', async (_what, answer) => {
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    clinic.wire.intercept = ({ grant }, real) => (grant === 'refresh' ? Promise.resolve(answer()) : real())
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([2, 1])
    expect(clinic.apiEvents()).toEqual(['obtained', 'refused unavailable', 'obtained'])
  })
})

describe('a refresh that is refused', () => {
  it.each<FaultName>(['api-refresh-invalid', 'api-refresh-over'])('as %s leads to a new exchange', async (fault) => {
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    cis2.simulator.setFault(fault)
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect(clinic.apiEvents()).toEqual(['obtained', 'refused expired', 'obtained'])
  })
})

describe('the platform, when it does not answer', () => {
  it('is left alone for some seconds after five times, and health says so', async () => {
    expect(await clinic.auth.health()).toMatchObject({ status: 'ok', nhsApi: { status: 'ok' } })
    const agent = await clinic.signedIn()
    clinic.wire.intercept = () => Promise.resolve(new Response('', { status: 503 }))
    for (let time = 0; time < 7; time += 1) expect((await agent.get('/headers')).status).toBe(503)
    expect(clinic.wire.sent.length).toBe(5)
    expect(await clinic.auth.health()).toMatchObject({
      status: 'degraded',
      nhsApi: { status: 'down', reason: 'answer' },
    })
    // Who is signed in, and who signs in, has nothing to do with it.
    expect((await agent.get('/session')).body).toMatchObject({ signedIn: true })
    await clinic.signedIn()
  })
})

describe('an API', () => {
  it('that refuses is the application’s to answer', async () => {
    const agent = await clinic.signedIn()
    const answer = await agent.get('/patients/12')
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ resourceType: 'OperationOutcome' })])
  })

  it.each([
    ['elsewhere', 'https://elsewhere.example/'],
    ['elsewhere on the same host', 'http://127.0.0.1:1/'],
    ['elsewhere by a short address', '//elsewhere.example/'],
    ['to another API behind encoded slashes', '/personal-demographics/..%2f..%2fother-api'],
    ['to nowhere', 'http://['],
  ])('that redirects %s is not followed', async (_where, location) => {
    const agent = await clinic.signedIn()
    clinic.wire.intercept = ({ grant }, real) =>
      grant === 'call' ? Promise.resolve(new Response('', { status: 307, headers: { location } })) : real()
    expect((await agent.get('/patients/9000000009')).body).toMatchObject({
      code: 'CIS2_API_TOKEN',
      reason: 'unavailable',
    })
    expect(clinic.wire.count('call')).toBe(1)
    expect(clinic.wire.addresses.at(-1)).toContain(PATIENT)
    expect((await agent.get('/session')).body).toMatchObject({ signedIn: true })
  })

  it('that redirects on the origin is followed, three times at most', async () => {
    const agent = await clinic.signedIn()
    const location = `${PATIENT}?again`
    clinic.wire.intercept = ({ grant, address }, real) =>
      grant === 'call' && !address.endsWith('?again')
        ? Promise.resolve(new Response('', { status: 302, headers: { location } }))
        : real()
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect(clinic.wire.count('call')).toBe(2)
    clinic.wire.intercept = ({ grant }, real) =>
      grant === 'call' ? Promise.resolve(new Response('', { status: 302, headers: { location } })) : real()
    expect((await agent.get('/patients/9000000009')).status).toBe(503)
    expect(clinic.wire.count('call')).toBe(6)
  })

  it('that followed a redirect out of sight is not believed', async () => {
    const agent = await clinic.signedIn()
    clinic.wire.intercept = ({ grant }, real) =>
      grant === 'call'
        ? Promise.resolve(Object.defineProperty(new Response('{}'), 'redirected', { value: true }))
        : real()
    expect((await agent.get('/patients/9000000009')).status).toBe(503)
  })

  it('that does not answer in time, or not at all, is unavailable', async () => {
    const agent = await clinic.signedIn()
    clinic.wire.intercept = ({ grant }, real) => (grant === 'call' ? new Promise(() => undefined) : real())
    expect((await agent.get('/patients/9000000009')).body).toMatchObject({ reason: 'unavailable' })
    clinic.wire.intercept = ({ grant }, real) =>
      grant === 'call' ? Promise.reject(new TypeError('fetch failed c4nary')) : real()
    const answer = await agent.get('/patients/9000000009')
    expect(answer.body).toMatchObject({ reason: 'unavailable' })
    expect(JSON.stringify(answer.body)).not.toContain('c4nary')
  })

  it('that is given up by the caller is the caller’s', async () => {
    const impatient = await startClinic(cis2, {
      routes: (app) => {
        app.get('/impatient', async (req, res) => {
          const signal = AbortSignal.abort()
          const name = await req.cis2.nhsApi.fetch(PATIENT, { signal }).catch((error: unknown) => (error as Error).name)
          res.json(name)
        })
        app.post('/post', async (req, res) => {
          const answer = await req.cis2.nhsApi.fetch(PATIENT, { method: 'POST', body: '{}' })
          res.json(answer.status)
        })
        app.get('/manual', async (req, res) => {
          const answer = await req.cis2.nhsApi.fetch(PATIENT, { redirect: 'manual' })
          res.json(answer.status)
        })
      },
    })
    const agent = await impatient.signedIn(NURSE)
    expect((await agent.get('/impatient')).body).toBe('AbortError')
    // What changes something is not sent twice, and who wants to see redirects sees them.
    impatient.wire.intercept = ({ grant }, real) =>
      grant === 'call' ? Promise.resolve(new Response('', { status: 307, headers: { location: PATIENT } })) : real()
    expect((await agent.post('/post')).body).toBe(307)
    expect((await agent.get('/manual')).body).toBe(307)
    await impatient.close()
  })
})
