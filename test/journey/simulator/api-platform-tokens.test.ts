/** What becomes of the API platform's tokens: refreshing, calling an API, and the faults. */
import { randomUUID } from 'node:crypto'

import { describeFaults, type FaultName, type Simulator, startSimulator } from 'express-cis2/simulator'
import { CLIENT, lastRefusal } from './conversation.js'
import { API_SECRET, Application, refusal } from './platform-conversation.js'

let simulator: Simulator
let app: Application
let now = Date.now()

beforeAll(async () => {
  app = await Application.make({ simulator: () => simulator, now: () => now })
  simulator = await startSimulator({ clients: [{ ...CLIENT, apiPlatform: app.registered }], clock: () => now })
})
afterAll(() => simulator.stop())
beforeEach(() => {
  now = Date.now()
  simulator.clearFaults()
})

const HOUR = 3_600_000
const exchanged = async () => (await app.exchange()).body
const INVALID = refusal(401, 'invalid_grant', 'refresh_token is invalid')

describe('refreshing', () => {
  it('works once for each refresh token, counts, and names no issued type', async () => {
    const first = await exchanged()
    const second = await app.refresh(first.refresh_token)
    expect(second.status).toBe(200)
    expect(second.body).toEqual({
      access_token: expect.any(String) as string,
      expires_in: '599',
      token_type: 'Bearer',
      refresh_token: expect.any(String) as string,
      refresh_token_expires_in: '43199',
      refresh_count: '1',
    })
    expect(await app.refresh(first.refresh_token)).toMatchObject(INVALID)
    expect((await app.refresh(second.body.refresh_token)).body.refresh_count).toBe('2')
  })

  it('ends 12 hours after the exchange, however young the refresh token', async () => {
    const first = await exchanged()
    now += 11 * HOUR
    const { refresh_token: young } = (await app.refresh(first.refresh_token)).body
    now += HOUR
    const text = 'refresh token refresh period has expired'
    expect(await app.refresh(young)).toMatchObject(refusal(401, 'invalid_grant', text))
  })

  it('is refused with a token that is 43199 seconds old', async () => {
    const { refresh_token: token } = await exchanged()
    now += 43_199_000
    expect(await app.refresh(token)).toMatchObject(INVALID)
  })

  it.each([
    { fields: { client_id: 'nobody' }, why: 'client_id is not the API key of an application' },
    { fields: { client_secret: 'wrong' }, why: 'client_secret is wrong' },
    { fields: { client_secret: undefined }, why: 'client_secret is wrong' },
    { fields: { client_id: 'no-secret', client_secret: '' }, why: 'the application has no apiSecret' },
  ])('is refused to whoever cannot prove it: $why', async ({ fields, why }) => {
    simulator.addClient({ ...CLIENT, clientId: 'no-secret', apiPlatform: { apiKey: 'no-secret' } })
    const { refresh_token: token } = await exchanged()
    const text = 'client_id or client_secret is invalid'
    expect(await app.refresh(token, fields)).toMatchObject(refusal(401, 'invalid_client', text))
    expect(lastRefusal(simulator)).toBe(why)
    expect((await app.refresh(token)).status).toBe(200)
  })

  it("is refused with another application's token, and without one", async () => {
    const apiPlatform = { ...app.registered, apiKey: 'other', apiSecret: API_SECRET }
    simulator.addClient({ ...CLIENT, clientId: 'other', apiPlatform })
    const { refresh_token: token } = await exchanged()
    expect(await app.refresh(token, { client_id: 'other' })).toMatchObject(INVALID)
    const said = refusal(400, 'invalid_request', 'refresh_token is missing')
    expect(await app.refresh(undefined, { refresh_token: undefined })).toMatchObject(said)
  })

  it('belongs in the log to the sign-in that it began with, also after that is over', async () => {
    const { refresh_token: token } = await exchanged()
    const journey = simulator.requests.at(-1)?.journey
    await simulator.endSession('555000000101')
    expect((await app.refresh(token)).status).toBe(200)
    expect([journey, simulator.requests.at(-1)?.journey]).toEqual([expect.any(String), journey])
  })
})

describe('an API behind the platform', () => {
  const NHS_NUMBER = '9000000009'

  async function ask(headers: Record<string, string>, nhsNumber = NHS_NUMBER) {
    const address = `${simulator.url}/personal-demographics/FHIR/R4/Patient/${nhsNumber}`
    const reply = await fetch(address, { headers })
    return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Record<string, unknown> }
  }
  async function authorised(more: Record<string, string> = {}): Promise<Record<string, string>> {
    const subject_token = await app.idToken(undefined, { scope: 'openid selectedrole' })
    const token = String((await app.exchange({ subject_token })).body.access_token)
    return { Authorization: `Bearer ${token}`, 'X-Request-ID': randomUUID(), ...more }
  }

  it('answers with a patient of that NHS number, and repeats the ids of the request', async () => {
    const headers = await authorised({ 'X-Correlation-ID': 'abc', 'NHSD-Session-URID': '555000010101' })
    const reply = await ask(headers)
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8'])
    expect(reply.body).toMatchObject({ resourceType: 'Patient', id: NHS_NUMBER })
    expect(reply.headers.get('x-request-id')).toBe(headers['X-Request-ID'])
    expect(reply.headers.get('x-correlation-id')).toBe('abc')
  })

  it('answers 401 without a token, with an invented one, and after 599 seconds', async () => {
    const headers = await authorised()
    expect((await ask({ 'X-Request-ID': randomUUID() })).status).toBe(401)
    expect((await ask({ ...headers, Authorization: 'Bearer x' })).status).toBe(401)
    now += 598_000
    expect((await ask(headers)).status).toBe(200)
    now += 1_000
    expect((await ask(headers)).status).toBe(401)
  })

  it.each([
    { header: 'X-Request-ID', value: undefined, code: 'MISSING_VALUE' },
    { header: 'X-Request-ID', value: '7', code: 'INVALID_VALUE' },
    { header: 'NHSD-Session-URID', value: '555000010102', code: 'INVALID_VALUE' },
  ])('answers 400 when $header is $value', async ({ header, value, code }) => {
    const headers = Object.entries({ ...(await authorised()), [header]: value }).filter(([, given]) => given)
    const reply = await ask(Object.fromEntries(headers) as Record<string, string>)
    expect(reply.status).toBe(400)
    expect(reply.body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ details: { coding: [{ code }] } }] })
  })

  it('answers 400 to what is no NHS number', async () => {
    expect((await ask(await authorised(), '12')).status).toBe(400)
  })
})

describe('a fault of the API platform', () => {
  const refusals: ReadonlyMap<FaultName, string> = new Map([
    ['api-429', '429 too_many_requests'],
    ['api-key-unknown', '401 invalid_request'],
    ['api-not-approved', '401 access_denied'],
    ['api-key-set-missing', '403 public_key error'],
    ['api-key-set-unreachable', '403 public_key error'],
    ['api-signature', '401 public_key error'],
    ['api-issuer-unpaired', '400 invalid_request'],
    ['api-scopes-none', '401 unauthorized_client'],
    ['api-refresh-invalid', '401 invalid_grant'],
    ['api-refresh-over', '401 invalid_grant'],
  ])

  it.each(describeFaults().filter(({ place }) => place === 'api-request'))(
    '$name refuses, and uses no refresh token up',
    async ({ name }) => {
      const { refresh_token: token } = await exchanged()
      simulator.setFault(name)
      const reply = name.startsWith('api-refresh') ? await app.refresh(token) : await app.exchange()
      expect(`${String(reply.status)} ${String(reply.body.error)}`).toBe(refusals.get(name))
      expect(reply.body.message_id).toEqual(expect.any(String))
      simulator.clearFaults()
      expect((await app.refresh(token)).status).toBe(200)
    },
  )

  it('api-429 says when to try again', async () => {
    simulator.setFault('api-429', 7)
    expect((await app.exchange()).headers.get('retry-after')).toBe('7')
  })

  it.each([
    { name: 'api-cut', value: true },
    { name: 'api-down', value: 504 },
    { name: 'api-answer-html', value: true },
  ] as const)('$name answers badly, and the refresh token is used up', async ({ name, value }) => {
    const { refresh_token: token } = await exchanged()
    simulator.setFault(name, value)
    await expect(app.refresh(token)).rejects.toThrow()
    simulator.clearFaults()
    expect(await app.refresh(token)).toMatchObject(INVALID)
  })

  it.each([
    { name: 'api-token-missing', field: 'access_token', value: undefined },
    { name: 'api-refresh-missing', field: 'refresh_token', value: undefined },
    { name: 'api-token-short', field: 'expires_in', value: '30' },
  ] as const)('$name changes $field', async ({ name, field, value }) => {
    simulator.setFault(name)
    expect((await exchanged())[field]).toBe(value)
  })

  it('api-slow waits', async () => {
    simulator.setFault('api-slow', 0.05)
    const before = performance.now()
    expect((await app.exchange()).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThan(45)
  })
})
