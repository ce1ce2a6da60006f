/** What hand-written token exchanges get wrong, each with the circumstance in which it shows. */
import { generateKeyPairSync } from 'node:crypto'

import { Redis } from 'ioredis'
import { decodeProtectedHeader, type JWK } from 'jose'
import request from 'supertest'

import type { FaultName } from '../../../src/simulator/index.js'
import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'
import { newPrefix } from '../../support/redis/backends.js'
import { NURSE, startClinic, type Clinic, type ClinicSettings } from './clinic.js'

const REDIS = process.env.REDIS_URL ?? ''

let cis2: TestCis2
const started: Pick<Clinic, 'close'>[] = []

beforeAll(async () => {
  cis2 = await startTestCis2({ nhsApi: true })
})

afterAll(() => cis2.stop())

afterEach(async () => {
  cis2.simulator.clearFaults()
  await Promise.all(started.splice(0).map((clinic) => clinic.close()))
})

async function start(settings?: ClinicSettings): Promise<Clinic> {
  const clinic = await startClinic(cis2, settings)
  started.push(clinic)
  return clinic
}

/** Somebody with several roles, and two of them. */
function personWithRoles() {
  const person = cis2.simulator.users.find(({ roles }) => roles.length === 3)
  if (person === undefined) throw new Error('nobody has three roles')
  const [one, two] = person.roles.map((role) => role.person_roleid)
  return { name: person.name, roles: [one ?? '', two ?? ''] as const }
}

describe('a change of role', () => {
  it('between exchange and call brings a new exchange: token and NHSD-Session-URID are of one role', async () => {
    const clinic = await start()
    const { name, roles } = personWithRoles()
    const agent = await clinic.signedIn(name, { role: roles[0] })
    await agent.get('/patients/9000000009')
    await cis2.changeRole(agent, roles[1])
    // The API compares the two.
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    const calls = clinic.wire.sent.filter(({ grant }) => grant === 'call').map(({ headers }) => headers)
    expect(calls.map((headers) => headers.get('nhsd-session-urid'))).toEqual([...roles])
    expect(new Set(calls.map((headers) => headers.get('authorization'))).size).toBe(2)
    expect(clinic.wire.count('exchange')).toBe(2)
  })

  it('while a request of the old role is under way gives that request no token of the new one', async () => {
    const clinic = await start()
    const { name, roles } = personWithRoles()
    const agent = await clinic.signedIn(name, { role: roles[0] })
    const held = clinic.wire.hold('exchange')
    const late = agent.get('/patients/9000000009').then(({ status }) => status)
    await held.reached
    await cis2.changeRole(agent, roles[1])
    clinic.wire.intercept = undefined
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    held.letGo()
    expect(await late).toBe(401)
    const [urid, ...others] = clinic.wire.sent.filter(({ grant }) => grant === 'call')
    expect([urid?.headers.get('nhsd-session-urid'), others]).toEqual([roles[1], []])
  })
})

describe('two users, one after the other in a browser', () => {
  it('never meet in a token', async () => {
    const clinic = await start()
    const agent = request.agent(clinic.app)
    const { name, roles } = personWithRoles()
    await cis2.signInAs(agent, NURSE)
    await agent.get('/patients/9000000009')
    await cis2.signInAs(agent, name, { role: roles[0] })
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    const [one, two] = clinic.wire.sent.filter(({ grant }) => grant === 'call').map(({ headers }) => headers)
    expect(one?.get('authorization')).not.toBe(two?.get('authorization'))
    expect(two?.get('nhsd-session-urid')).toBe(roles[0])
  })
})

describe.each([
  ['in memory', {}],
  ['on Redis', { redis: REDIS }],
] as const)('a session that ends %s', (_where, settings) => {
  it.each(['before', 'after'] as const)(
    'while an exchange runs (%s it is answered) drops its result, and nothing is called after',
    async (when) => {
      const clinic = await start(settings)
      const agent = await clinic.signedIn()
      const held = clinic.wire.hold('exchange', when)
      const late = agent.get('/patients/9000000009').then(({ status }) => status)
      await held.reached
      await agent.post('/logout')
      held.letGo()
      expect(await late).toBe(401)
      expect(clinic.wire.count('call')).toBe(0)
      expect(clinic.apiEvents()).toEqual([])
      expect((await agent.get('/patients/9000000009')).status).toBe(401)
    },
  )

  it('while a refresh runs drops its result, and nothing is called after', async () => {
    const clinic = await start(settings)
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    const held = clinic.wire.hold('refresh', 'after')
    const late = agent.get('/patients/9000000009').then(({ status }) => status)
    await held.reached
    await cis2.removeSmartcard(NURSE)
    held.letGo()
    expect(await late).toBe(401)
    expect(clinic.wire.count('call')).toBe(1)
    expect(clinic.apiEvents()).toEqual(['obtained'])
  })
})

describe('a refresh without an answer', () => {
  it.each<[string, FaultName, number | undefined]>([
    ['that is late', 'api-slow', 30],
    ['that is cut', 'api-cut', undefined],
    ['that is a page of an error', 'api-down', 503],
    ['that is a page of HTML', 'api-answer-html', undefined],
  ])('%s is never sent again: the ID token is exchanged anew while it lasts', async (_how, fault, value) => {
    const clinic = await start({ options: { nhsApi: { timeoutSeconds: 2 } } })
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    const before = refreshesAtThePlatform()
    clinic.wire.intercept = async ({ grant }, real) => {
      if (grant === 'refresh') cis2.simulator.setFault(fault, value)
      else cis2.simulator.clearFaults()
      return real()
    }
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    const refreshTokens = clinic.wire.sent.flatMap(({ body }) => body.get('refresh_token') ?? [])
    expect([refreshTokens.length, clinic.wire.count('exchange')]).toEqual([1, 2])
    expect(refreshesAtThePlatform() - before).toBe(1)
    expect(clinic.apiEvents()).toEqual(['obtained', 'refused unavailable', 'obtained'])
  })

  it('asks for a new authentication when the ID token is gone, which is then enough', async () => {
    const clinic = await start({ options: { nhsApi: { timeoutSeconds: 2 } } })
    const agent = await clinic.signedIn()
    await keepBusy(agent, 3600)
    cis2.simulator.setFault('api-cut')
    const answer = await agent.get('/patients/9000000009')
    expect([answer.status, answer.body]).toEqual([
      401,
      expect.objectContaining({ code: 'CIS2_STEP_UP_REQUIRED', maxAuthAgeSeconds: 300 }),
    ])
    cis2.simulator.clearFaults()
    expect((await agent.get('/patients/9000000009')).status).toBe(401)
    expect(clinic.wire.count('refresh')).toBe(1)
    await cis2.signInAs(agent, NURSE)
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
  })

  it('is kept for later when it never left: the platform could not be reached, or asked for a pause', async () => {
    const clinic = await start()
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })
    clinic.wire.intercept = () => Promise.reject(refused)
    expect((await agent.get('/patients/9000000009')).status).toBe(503)
    clinic.wire.intercept = () => Promise.resolve(Response.json({ error: 'too_many_requests' }, { status: 429 }))
    expect((await agent.get('/patients/9000000009')).status).toBe(429)
    clinic.wire.intercept = undefined
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([1, 3])
  })
})

/** What has arrived there, whoever sent it, and however the answer was spoilt. */
function refreshesAtThePlatform(): number {
  return cis2.simulator.requests.filter(
    ({ path, sent }) => path === '/oauth2/token' && sent.grant_type === 'refresh_token',
  ).length
}

/** Reads now and then, so that the session stays. */
async function keepBusy(agent: ReturnType<typeof request.agent>, seconds: number): Promise<void> {
  await agent.get('/patients/9000000009')
  for (let passed = 0; passed < seconds; passed += 800) {
    cis2.advance(800)
    await agent.get('/session')
    await agent.post('/session')
  }
}

describe('without an API secret', () => {
  const settings = { options: { nhsApi: { apiSecret: undefined } } }

  it('nothing is refreshed: the ID token is exchanged again while it lasts', async () => {
    const clinic = await start(settings)
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([2, 0])
  })

  it('a new authentication is asked for when the ID token has less than 60 seconds', async () => {
    const clinic = await start(settings)
    const agent = await clinic.signedIn()
    await keepBusy(agent, 3200)
    cis2.advance(3600 - 3200 - 59)
    expect((await agent.get('/patients/9000000009')).body).toMatchObject({ code: 'CIS2_STEP_UP_REQUIRED' })
    expect(clinic.wire.count('exchange')).toBe(1)
  })
})

describe('fifty requests on three instances', () => {
  it('make exactly one exchange, and one refresh when it is due', async () => {
    const clinic = await start({ instances: 3, redis: REDIS })
    const agent = await clinic.signedIn()
    const cookie = await cookieOf(agent)
    const all = async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          request(clinic.instances[index % 3]?.app ?? clinic.app)
            .get('/headers')
            .set('Cookie', cookie),
        ),
      )
      return new Set(
        answers.map(({ status, body }) => `${String(status)} ${(body as Record<string, string>).Authorization ?? ''}`),
      )
    }
    const first = await all()
    expect([[...first][0]?.slice(0, 3), first.size, clinic.wire.count('exchange')]).toEqual(['200', 1, 1])
    cis2.advance(590)
    const second = await all()
    expect([second.size, clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([1, 1, 1])
    expect([...second][0]).not.toBe([...first][0])
  })
})

/** The session's cookie, for requests that supertest's agent does not make. */
async function cookieOf(agent: ReturnType<typeof request.agent>): Promise<string> {
  return String((await agent.get('/cookie')).body)
}

describe('an instance that dies with the turn', () => {
  it('leaves a turn that ends by itself, in time for the others to go on within two seconds', async () => {
    const keyPrefix = newPrefix()
    const redis = new Redis(REDIS)
    started.push({ close: () => redis.quit().then(() => undefined) })
    const clinic = await start({ instances: 2, redis: REDIS, options: { session: { keyPrefix } } })
    const agent = await clinic.signedIn()
    const cookie = await cookieOf(agent)
    const held = clinic.wire.hold('exchange')
    const lost = request(clinic.instances[0]?.app ?? clinic.app)
      .get('/headers')
      .set('Cookie', cookie)
    const dead = lost.then(({ status }) => status)
    await held.reached
    // By the clock of Redis, which a slow machine does not hurry; the others look every tenth of a second.
    const [turn = ''] = await redis.keys(`${keyPrefix}*:x:*`)
    const left = await redis.pttl(turn)
    expect(left).not.toBe(-1)
    expect(left).toBeLessThanOrEqual(1_800)
    // Its connections go, and so it prolongs nothing.
    await clinic.instances[0]?.auth.close()
    clinic.wire.intercept = undefined
    const answer = await request(clinic.instances[1]?.app ?? clinic.app)
      .get('/headers')
      .set('Cookie', cookie)
    expect(answer.status).toBe(200)
    held.letGo()
    expect(await dead).toBeGreaterThanOrEqual(500)
  })
})

describe('a key that the platform has yet to learn of', () => {
  const pair = (kid: string) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk: JWK = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg: 'RS512', use: 'sig' }
    return { privateKey, kid, jwk }
  }
  const [older, newer] = [pair('older'), pair('newer')]

  async function startWithKeys(
    keys: readonly { privateKey: typeof older.privateKey; kid: string; notBefore?: Date }[],
  ) {
    const clinic = await start({ options: { clientId: 'rotates', nhsApi: { apiKey: 'rotates', keys } } })
    const known = cis2.simulator.clients.find(({ clientId }) => clientId === 'rotates')
    if (known === undefined) throw new Error('not registered')
    // What it has read within the hour.
    cis2.simulator.addClient({ ...known, apiPlatform: { apiKey: 'rotates', jwks: { keys: [older.jwk] } } })
    return clinic
  }

  it('does not sign before its notBefore, and the older one does', async () => {
    const notBefore = new Date(Date.now() + 86_400_000)
    const clinic = await startWithKeys([{ ...newer, notBefore }, older].map(({ jwk: _jwk, ...key }) => key))
    const agent = await clinic.signedIn()
    expect((await agent.get('/headers')).status).toBe(200)
    expect(clinic.wire.count('exchange')).toBe(1)
  })

  it('is passed over for an hour when it is refused, with a new assertion each time', async () => {
    const clinic = await startWithKeys([newer, older].map(({ jwk: _jwk, ...key }) => key))
    const [one, two] = [await clinic.signedIn(), await clinic.signedIn()]
    expect((await one.get('/headers')).status).toBe(200)
    expect((await two.get('/headers')).status).toBe(200)
    const assertions = clinic.wire.sent.map(({ body }) => body.get('client_assertion') ?? '')
    const kids = assertions.map((text) => decodeProtectedHeader(text).kid)
    expect(kids).toEqual(['newer', 'older', 'older'])
    expect(new Set(assertions).size).toBe(3)
    cis2.advance(3_601)
    const three = await clinic.signedIn()
    await three.get('/headers')
    expect(clinic.wire.count('exchange')).toBe(5)
  })

  it('is told as such when there is no other', async () => {
    const clinic = await startWithKeys([newer].map(({ jwk: _jwk, ...key }) => key))
    const agent = await clinic.signedIn()
    expect((await agent.get('/headers')).body).toMatchObject({ code: 'CIS2_API_TOKEN', reason: 'key-set' })
  })
})
