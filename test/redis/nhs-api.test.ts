/** Tokens for NHS APIs in Redis: what they cost, what is to be seen of them there, and what a lost Redis leaves of them. */
import { createHash } from 'node:crypto'
import { inspect } from 'node:util'

import { Redis } from 'ioredis'

import * as apiTokenScripts from '../../src/session/redis/scripts/api-token-scripts.js'
import { read } from '../../src/session/redis/scripts/session-scripts.js'
import { startTestCis2, type TestCis2 } from '../../src/testing/index.js'
import { startClinic, type Clinic, type ClinicSettings } from '../journey/nhs-api/clinic.js'
import { newPrefix } from '../support/redis/backends.js'
import { startSentinel, type SentinelSetup } from '../support/redis/redis-topologies.js'
import { storedText } from '../support/redis/stored-text.js'
import { startStrictRedis } from '../support/redis/strict-redis.js'
import { startProxy } from '../support/redis/tcp-proxy.js'
import { until } from '../support/redis/redis-server.js'

const REDIS = process.env.REDIS_URL ?? ''
const PORT = Number(new URL(REDIS).port)

let cis2: TestCis2

beforeAll(async () => {
  cis2 = await startTestCis2({ nhsApi: true })
})

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  cis2.simulator.clearFaults()
  for (const step of cleanUp.splice(0).reverse()) await step()
})

afterAll(() => cis2.stop())

async function start(settings: ClinicSettings): Promise<Clinic> {
  const clinic = await startClinic(cis2, settings)
  cleanUp.push(() => clinic.close())
  return clinic
}

it('take one round trip more when there is one, three when one is got, and none when nobody asks', async () => {
  const names = new Map(
    [read, ...Object.values(apiTokenScripts)].map(({ script: { name, lua } }) => [
      createHash('sha1').update(lua).digest('hex'),
      name,
    ]),
  )
  const strict = await startStrictRedis(PORT)
  cleanUp.push(() => strict.stop())
  const clinic = await start({ redis: strict.url, options: { session: { keyPrefix: newPrefix() } } })
  const agent = await clinic.signedIn()
  async function scriptsOf(path: string): Promise<string[]> {
    strict.scripts.length = 0
    expect((await agent.get(path)).status).toBe(200)
    return strict.scripts.map((hash) => names.get(hash) ?? hash)
  }
  // A script is sent as text when the server does not know it yet.
  await agent.get('/headers')
  cis2.advance(600)
  expect(await scriptsOf('/headers')).toEqual(['read', 'readApiToken', 'claimApiToken', 'saveApiToken'])
  expect(await scriptsOf('/headers')).toEqual(['read', 'readApiToken'])
  expect(await scriptsOf('/session')).toEqual(['read'])
})

it('are written by nobody who cannot: a Redis that is lost between answer and write costs the result', async () => {
  const proxy = await startProxy(PORT)
  cleanUp.push(() => proxy.stop())
  const clinic = await start({
    redis: `redis://127.0.0.1:${String(proxy.port)}`,
    options: { session: { keyPrefix: newPrefix() } },
  })
  const agent = await clinic.signedIn()
  async function losingRedis(grant: 'exchange' | 'refresh'): Promise<void> {
    clinic.wire.intercept = async (sent, real) => {
      const answer = await real()
      if (sent.grant === grant) {
        proxy.reply = '-LOADING Redis is loading the dataset in memory'
        proxy.cutAll()
      }
      return answer
    }
    const before = clinic.wire.count('call')
    const answer = await agent.get('/patients/9000000009')
    expect([answer.status, answer.body]).toEqual([503, expect.objectContaining({ code: 'CIS2_STORE_UNAVAILABLE' })])
    expect(clinic.wire.count('call')).toBe(before)
    clinic.wire.intercept = undefined
    proxy.reply = undefined
    await until(async () => (await agent.get('/session')).status === 200, 'Redis is back')
  }
  await losingRedis('exchange')
  expect((await agent.get('/patients/9000000009')).status).toBe(200)
  expect(clinic.wire.count('exchange')).toBe(2)
  cis2.advance(600)
  await losingRedis('refresh')
  // Its refresh token was sent: the ID token is exchanged anew, and nothing is sent twice.
  expect((await agent.get('/patients/9000000009')).status).toBe(200)
  const refreshTokens = clinic.wire.sent.flatMap(({ body }) => body.get('refresh_token') ?? [])
  expect([new Set(refreshTokens).size, refreshTokens.length, clinic.wire.count('exchange')]).toEqual([1, 1, 3])
}, 60_000)

it('LOGG-1 leave no token, secret or assertion in Redis, events, errors or what the middleware shows of itself', async () => {
  const keyPrefix = newPrefix()
  const redis = new Redis(REDIS)
  cleanUp.push(() => {
    redis.disconnect()
  })
  const errors: unknown[] = []
  const clinic = await start({
    redis: REDIS,
    options: { session: { keyPrefix } },
    routes: (app) => {
      app.get('/kept', async (req, res) => {
        await req.cis2.nhsApi.headers().catch((error: unknown) => errors.push(error))
        res.end()
      })
    },
  })
  const stored: string[] = []
  async function look(): Promise<void> {
    stored.push(await storedText(redis, `${keyPrefix}*`))
  }
  // While something is under way, too: what is kept meanwhile is another text.
  clinic.wire.intercept = async (_sent, real) => {
    await look()
    return real()
  }
  const agent = await clinic.signedIn()
  await agent.get('/patients/9000000009')
  cis2.advance(600)
  await agent.get('/patients/9000000009')
  expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([1, 1])
  for (const fault of ['api-429', 'api-signature', 'api-down', 'api-answer-html'] as const) {
    cis2.advance(600)
    cis2.simulator.setFault(fault)
    await agent.get('/kept')
    cis2.simulator.clearFaults()
  }
  clinic.wire.intercept = ({ body, headers }) =>
    Promise.reject(
      new TypeError(`fetch failed ${String(body)}`, { cause: Object.assign(new Error(String(body)), { headers }) }),
    )
  await agent.get('/kept')
  const secrets = secretsOf(clinic)
  expect([secrets.length > 8, errors.length]).toEqual([true, 5])
  await look()
  const shown = [
    ...stored,
    ...clinic.events.map((event) => JSON.stringify(event)),
    ...errors.flatMap((error) => [inspect(error, { depth: 9, showHidden: true }), (error as Error).stack ?? '']),
    inspect([clinic.auth, await clinic.auth.health()], { depth: 12, showHidden: true }),
  ].join('\n')
  expect(secrets.filter((secret) => shown.includes(secret)).length).toBe(0)
  expect(shown).toContain('api-token.refused')
})

it('are of one session: put into another in Redis, a token counts as none', async () => {
  const keyPrefix = newPrefix()
  const redis = new Redis(REDIS)
  cleanUp.push(() => {
    redis.disconnect()
  })
  const clinic = await start({ redis: REDIS, options: { session: { keyPrefix } } })
  const first = await clinic.signedIn()
  await first.get('/headers')
  const [from = ''] = await redis.keys(`${keyPrefix}*:s:*`)
  const token = await redis.hgetBuffer(from, 'p')
  // Of the same user in the same role: nothing but the session tells the two apart.
  const second = await clinic.signedIn()
  const to = (await redis.keys(`${keyPrefix}*:s:*`)).find((key) => key !== from) ?? ''
  await redis.hset(to, 'p', token ?? '')
  expect((await second.get('/patients/9000000009')).status).toBe(200)
  expect([token?.length, clinic.wire.count('exchange')]).toEqual([expect.any(Number), 2])
})

/** Whatever was sent that nobody else may have. */
function secretsOf({ wire }: Clinic): string[] {
  const names = ['subject_token', 'client_assertion', 'refresh_token', 'client_secret', 'client_id']
  return wire.sent.flatMap(({ body, headers }) => [
    ...names.flatMap((name) => body.get(name) ?? []),
    ...(headers.get('authorization')?.replace('Bearer ', '') ?? '').split(' ').filter(Boolean),
  ])
}

describe('behind Sentinel', () => {
  let setup: SentinelSetup

  beforeAll(async () => {
    setup = await startSentinel()
  }, 60_000)

  afterAll(() => setup.stop())

  it('are kept and refreshed as ever', async () => {
    const client = new Redis({ sentinels: [...setup.sentinels], name: setup.name, lazyConnect: true })
    cleanUp.push(() => {
      client.disconnect()
    })
    const clinic = await start({ redis: client, instances: 2 })
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(600)
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([1, 1])
  })
})
