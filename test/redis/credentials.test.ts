/** Passwords that end: of an address, of Sentinels, of a Cluster, of a client that was handed in. */
import { inspect } from 'node:util'

import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'

import { StoreUnavailableError } from '../../src/errors.js'
import type { RedisCredentials, SessionOptions } from '../../src/index.js'
import { newName, redisBackend, signInRecord, type MadeBackend } from '../support/redis/backends.js'
import { startRedis, until, type RedisServer } from '../support/redis/redis-server.js'
import { redisTokens, type RedisTokens } from '../support/redis/redis-tokens.js'
import {
  startCluster,
  startSentinel,
  type ClusterSetup,
  type SentinelSetup,
} from '../support/redis/redis-topologies.js'

type Where = SessionOptions['redis']

let made: MadeBackend
let tokens: RedisTokens
let server: RedisServer

/** What the provider does next; by default it gives a new token. */
let provide: () => Promise<RedisCredentials>
let asked = 0

beforeAll(async () => {
  server = await startRedis()
})

afterAll(async () => {
  await server.stop()
})

beforeEach(() => {
  tokens = redisTokens([server])
  asked = 0
  provide = () => tokens.issue()
})

afterEach(async () => {
  load.stopped = true
  for (const client of opened.splice(0)) client.disconnect()
  expectNothingSecretIn(made.events, made.backend.health())
  await made.backend.close()
  await until(async () => (await tokens.connections()).length === 0, 'all are closed')
})

const credentials = () => {
  asked += 1
  return provide()
}

function start(redis: Where = { url: server.url, credentials }, clock: () => number = Date.now): MadeBackend {
  made = redisBackend(redis, clock)
  return made
}

const read = (place = { tag: newName(), name: newName() }) =>
  made.backend.read(place, { now: Date.now(), idle: 900_000 })

function expectNothingSecretIn(...values: readonly unknown[]): void {
  const shown = inspect(values, { depth: null, showHidden: true })
  for (const secret of tokens.given) expect(shown).not.toContain(secret)
}

/** Clients of an application, to be closed whatever becomes of the test. */
const opened: { disconnect(): void }[] = []

function theirsIs<T extends Redis | Cluster>(client: T): T {
  client.on('error', () => {})
  opened.push(client)
  return client
}

let load: { stopped: boolean } = { stopped: true }

/** Reads and signs in all the while; the returned function stops that, and expects that nothing was refused. */
function underLoad() {
  const refused: unknown[] = []
  const own = { stopped: false }
  load = own
  async function go(): Promise<number> {
    let count = 0
    for (; !own.stopped && refused.length === 0; count += 2) {
      await Promise.all([read(), made.backend.signIn(signInRecord())]).catch((error: unknown) => refused.push(error))
      await new Promise((next) => setTimeout(next, 5))
    }
    return count
  }
  const all = Promise.all([go(), go()])
  return async function stop() {
    own.stopped = true
    const counts = await all
    expect(refused).toEqual([])
    expect(Math.min(...counts)).toBeGreaterThan(0)
  }
}

const usersNow = async () => (await tokens.connections()).map(({ user }) => user)

/** Every connection of ours says that it is this user, or has said nothing to lose. */
async function untilAllAre(user: string, least = 2): Promise<void> {
  await until(async () => {
    const users = await usersNow()
    return users.length >= least && users.every((each) => each === user)
  }, `all are ${user}`)
}

describe('credentials of an address', () => {
  it('are asked for before the first connection, and used for every one', async () => {
    await start().backend.ready()
    expect(await read()).toMatchObject({ state: 'none' })
    expect(new Set(await usersNow())).toEqual(new Set(['clinic-1']))
    expect(asked).toBe(1)
    expect(made.events).toEqual([])
  })

  it('take the user of the address where they name none', async () => {
    const { username, password } = await tokens.issue()
    const url = server.url.replace('//', `//${username}@`)
    await start({ url, credentials: () => Promise.resolve({ password }) }).backend.ready()
    expect(new Set(await usersNow())).toEqual(new Set([username]))
  })

  it('are renewed at 80 % of their life, on the connections that there are: whoever rests on the old is not cut', async () => {
    let now = Date.now()
    provide = async () => ({ ...(await tokens.issue()), expiresAt: new Date(now + 10_000) })
    await start(undefined, () => now).backend.ready()
    const before = await tokens.connections()
    now += 7_900
    await new Promise((later) => setTimeout(later, 300))
    expect(asked).toBe(1)
    const stop = underLoad()
    now += 200
    await untilAllAre('clinic-2')
    await tokens.end({ username: 'clinic-1' })
    expect(await read()).toMatchObject({ state: 'none' })
    await stop()
    expect((await tokens.connections()).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    expect(asked).toBe(2)
    expect(made.events).toEqual([])
  })

  it('are asked for anew when Redis cuts and refuses them: requests wait for the new ones', async () => {
    await start().backend.ready()
    await tokens.end({ username: 'clinic-1' })
    await until(async () => !(await usersNow()).includes('clinic-1'), 'all are cut')
    const places = Array.from({ length: 20 }, () => read())
    expect(await Promise.all(places)).toHaveLength(20)
    await untilAllAre('clinic-2')
    expect(made.events).toEqual([])
    expect(made.backend.health().status).toBe('ok')
  })

  it.each([
    ['throws', () => Promise.reject(new TypeError('with a token in its text')), 'threw', 'TypeError'],
    [
      'throws at once',
      () => {
        throw new RangeError('so')
      },
      'threw',
      'RangeError',
    ],
    ['gives nothing', () => Promise.resolve(undefined as unknown as RedisCredentials), 'unreadable', undefined],
    ['gives no password', () => Promise.resolve({ username: 'clinic', password: '' }), 'unreadable', undefined],
    ['gives what is over', () => Promise.resolve({ password: 'x', expiresAt: new Date(0) }), 'over', undefined],
  ])(
    'lets nobody in while the provider %s, and everybody from when it does not',
    async (_what, fails, reason, cause) => {
      provide = fails
      start()
      const refused = await read().catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(StoreUnavailableError)
      expect((refused as Error).cause).toEqual(new Error('NO_CREDENTIALS'))
      expect(made.backend.health()).toMatchObject({ status: 'down' })
      expect(made.events).toContainEqual({ type: 'credentials.unavailable', reason, ...(cause && { cause }) })
      expect(await tokens.connections()).toEqual([])
      provide = () => tokens.issue()
      await until(() => made.backend.health().status === 'ok', 'it recovers')
      expect(await read()).toMatchObject({ state: 'none' })
      expect(made.events.map(({ type }) => type).sort()).toEqual([
        'credentials.recovered',
        'credentials.unavailable',
        'store.recovered',
        'store.unavailable',
      ])
    },
  )

  it('that cannot be renewed stay in use while Redis takes them, and the health says so', async () => {
    let now = Date.now()
    provide = async () => ({ ...(await tokens.issue()), expiresAt: new Date(now + 10_000) })
    await start(undefined, () => now).backend.ready()
    provide = () => Promise.reject(new Error('away'))
    now += 11_000
    await until(() => made.backend.health().status === 'degraded', 'it is told')
    expect(made.backend.health().reason).toBe('credentials: threw')
    expect(await read()).toMatchObject({ state: 'none' })
    expect(made.events).toEqual([{ type: 'credentials.unavailable', reason: 'threw', cause: 'Error' }])
    provide = () => tokens.issue()
    await untilAllAre('clinic-2')
    await until(() => made.backend.health().status === 'ok', 'it is over')
    expect(made.events[1]).toEqual({ type: 'credentials.recovered' })
  })

  it('that Redis does not take leave open connections as they were', async () => {
    let now = Date.now()
    provide = async () => ({ ...(await tokens.issue()), expiresAt: new Date(now + 10_000) })
    await start(undefined, () => now).backend.ready()
    const given = { username: 'clinic-1', password: 'of another' }
    tokens = { ...tokens, given: [...tokens.given, given.password] }
    provide = () => Promise.resolve(given)
    now += 11_000
    await until(() => made.backend.health().status === 'degraded', 'it is told')
    expect(made.backend.health().reason).toBe('credentials: refused')
    expect(await read()).toMatchObject({ state: 'none' })
    expect(made.events).toEqual([{ type: 'credentials.unavailable', reason: 'refused' }])
  })
})

describe('the password of a client that was handed in', () => {
  const clients: readonly [string, (login: { username: string; password: string }) => Redis][] = [
    ['ioredis 6', (login) => new Redis({ port: server.port, ...login })],
    ['ioredis 5', (login) => new Redis5({ port: server.port, ...login }) as unknown as Redis],
  ]

  it.each(clients)('is read at every connect, and shown on those that there are: %s', async (_which, connect) => {
    const theirs = theirsIs(connect(await tokens.issue()))
    await start(theirs).backend.ready()
    const stop = underLoad()
    // As an application does it: the option for later connections, AUTH for the one that there is.
    const next = await tokens.issue()
    Object.assign(theirs.options, next)
    await theirs.auth(next.username, next.password)
    await untilAllAre(next.username, 3)
    await tokens.end({ username: 'clinic-1' })
    await read()
    await stop()
    // And a connection that is made now.
    await server.admin.call('CLIENT', 'KILL', 'USER', next.username)
    await untilAllAre(next.username, 3)
    expect(await read()).toMatchObject({ state: 'none' })
    expect(made.events).toEqual([])
  })

  it.each(clients)('may come from credentials beside it: %s', async (_which, connect) => {
    const theirs = theirsIs(connect(await tokens.issue()))
    await start({ client: theirs, credentials }).backend.ready()
    theirs.disconnect()
    await untilAllAre('clinic-2')
    expect(await read()).toMatchObject({ state: 'none' })
  })
})

describe('a primary behind Sentinels', () => {
  let sentinel: SentinelSetup

  beforeAll(async () => {
    sentinel = await startSentinel()
  }, 60_000)

  afterAll(async () => {
    await sentinel.stop()
  })

  it('is shown the latest credentials, and so is the next primary', async () => {
    tokens = redisTokens([sentinel.primary, sentinel.replica])
    const theirs = theirsIs(new Redis({ sentinels: [...sentinel.sentinels], name: sentinel.name, lazyConnect: true }))
    await start({ client: theirs, credentials }).backend.ready()
    await tokens.end({ username: 'clinic-1' })
    await untilAllAre('clinic-2')
    expect(await read()).toMatchObject({ state: 'none' })
    expect(made.events).toEqual([])
    await sentinel.primary.crash()
    await until(() => read().then(Boolean, () => false), 'the next primary lets us in', 30_000)
    tokens = { ...redisTokens([sentinel.replica]), given: tokens.given }
    expect(new Set(await usersNow())).toEqual(new Set(['clinic-2']))
  }, 60_000)
})

describe('a Cluster', () => {
  let setup: ClusterSetup

  beforeAll(async () => {
    setup = await startCluster({ primaries: 2, replicas: false })
  }, 60_000)

  afterAll(async () => {
    await setup.stop()
  })

  beforeEach(() => {
    tokens = redisTokens(setup.primaries)
  })

  it('is shown the latest credentials on each server, before the old ones end', async () => {
    let now = Date.now()
    provide = async () => ({ ...(await tokens.issue()), expiresAt: new Date(now + 10_000) })
    const theirs = theirsIs(new Cluster([...setup.nodes], { lazyConnect: true }))
    await start({ client: theirs, credentials }, () => now).backend.ready()
    const stop = underLoad()
    now += 8_500
    await until(async () => (await usersNow()).filter((user) => user === 'clinic-2').length >= 4, 'all have said so')
    await tokens.end({ username: 'clinic-1' })
    await Promise.all(Array.from({ length: 20 }, () => read()))
    await stop()
    expect(made.events).toEqual([])
  })

  it.each([
    ['ioredis 6', (options: object) => new Cluster([...setup.nodes], options)],
    ['ioredis 5', (options: object) => new Cluster5([...setup.nodes], options) as unknown as Cluster],
  ])('that was handed in: its password is read at every connect: %s', async (_which, connect) => {
    const first = await tokens.issue()
    const theirs = theirsIs(connect({ redisOptions: { username: first.username, password: first.password } }))
    await start(theirs).backend.ready()
    await read()
    const next = await tokens.issue()
    Object.assign(theirs.options.redisOptions ?? {}, { username: next.username, password: next.password })
    await until(async () => (await usersNow()).filter((user) => user === 'clinic-2').length >= 4, 'all have said so')
    await tokens.end(first)
    await until(() => made.backend.health().status === 'ok', 'it is well')
    await Promise.all(Array.from({ length: 20 }, () => read()))
  })

  it('that was handed in, its connections changed one by one', async () => {
    const first = await tokens.issue()
    const theirs = theirsIs(
      new Cluster([...setup.nodes], {
        redisOptions: { username: first.username, password: first.password },
      }),
    )
    await start(theirs).backend.ready()
    await until(() => theirs.status === 'ready', 'theirs is there')
    const next = await tokens.issue()
    for (const node of theirs.nodes()) Object.assign(node.options, { username: next.username, password: next.password })
    await until(async () => (await usersNow()).filter((user) => user === 'clinic-2').length >= 4, 'all have said so')
    await tokens.end(first)
    await Promise.all(Array.from({ length: 20 }, () => read()))
  })
})
