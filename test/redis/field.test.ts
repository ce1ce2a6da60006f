/** What networks, servers and busy machines do to the connections: FIELD-1 to FIELD-7. */
import { Cluster, Redis } from 'ioredis'

import { StoreUnavailableError } from '../../src/errors.js'
import { createKeys } from '../../src/session/redis/keys.js'
import { newName, redisBackend, signInRecord, type MadeBackend } from '../support/redis/backends.js'
import { startRedis, until, type RedisServer } from '../support/redis/redis-server.js'
import { startCluster, startPair, type ClusterSetup } from '../support/redis/redis-topologies.js'
import { startClusterBehindProxies, type ClusterBehindProxies } from '../support/redis/cluster-behind-proxies.js'
import { startProxy, type TcpProxy } from '../support/redis/tcp-proxy.js'

function readOne({ backend }: MadeBackend, place = { tag: newName(), name: newName() }) {
  return backend.read(place, { now: Date.now(), idle: 900_000 })
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

describe('FIELD-1 what is handed in changes nothing that sessions rest on', () => {
  it.each(['?keyPrefix=mine:', '?commandTimeout=60000', '?enableOfflineQueue=true', '#x'])(
    'refuses a URL that ends in %s',
    (ending) => {
      expect(() => redisBackend(`${String(process.env.REDIS_URL)}/0${ending}`)).toThrow(
        /session\.redis must end before/,
      )
    },
  )

  it('ends what it ends, whatever a client was made with', async () => {
    const url = new URL(String(process.env.REDIS_URL))
    const theirs = new Redis({
      host: url.hostname,
      port: Number(url.port),
      // It would reconnect for ever, also when it has been let go, and keep this process.
      lazyConnect: true,
      keyPrefix: 'theirs:',
      commandTimeout: 60_000,
      socketTimeout: 1,
      scripts: { callBuffer: { lua: 'return 1' }, call: { lua: 'return 1' } },
      monitor: true,
      enableReadyCheck: true,
      noDelay: false,
    })
    theirs.on('error', () => {})
    await endsWhatItEnds(theirs)
    theirs.disconnect()
  })

  it('nor what a Cluster’s nodes were given, each for itself', async () => {
    const setup = await startCluster({ primaries: 2, replicas: false })
    const [node] = setup.nodes
    const theirs = new Cluster([{ ...node, keyPrefix: 'theirs:', commandTimeout: 1 } as { host: string; port: number }])
    theirs.on('error', () => {})
    await endsWhatItEnds(theirs)
    theirs.disconnect()
    await setup.stop()
  })

  async function endsWhatItEnds(client: Redis | Cluster): Promise<void> {
    const { backend } = redisBackend(client)
    await backend.ready()
    const { place, ...record } = signInRecord()
    await backend.signIn({ place, ...record })
    expect(await backend.end(place, 'sign-out', Date.now())).toMatchObject({ ended: true })
    expect(await backend.read(place, { now: Date.now(), idle: 0 })).toMatchObject({ state: 'none', reason: 'sign-out' })
    await backend.close()
  }
})

/** So many: a machine that was too busy to connect anew, or to answer, within half a second has shown nothing. */
const MOST_TRIES = 10

async function inTime({ backend, events }: MadeBackend, shows: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await shows()
      return
    } catch (error) {
      if (tries === MOST_TRIES) throw error
      await until(() => backend.health().status === 'ok', 'it recovers')
      events.length = 0
    }
  }
}

describe('FIELD-2 a connection that nobody has used', () => {
  let proxy: TcpProxy
  let made: MadeBackend

  beforeEach(async () => {
    proxy = await startProxy(Number(new URL(String(process.env.REDIS_URL)).port))
    // A server that has replicas, as far as anybody knows: sign-ins have a connection of their own.
    made = redisBackend(`redis://127.0.0.1:${String(proxy.port)}`)
    await made.backend.ready()
  })

  afterEach(async () => {
    await made.backend.close()
    await proxy.stop()
  })

  it('may have been forgotten without a word: neither a sign-in nor a request is refused', async () => {
    await inTime(made, async () => {
      await pause(1_100)
      proxy.forgetAll()
      const begun = performance.now()
      const record = signInRecord()
      expect(await Promise.all([made.backend.signIn(record), readOne(made)])).toMatchObject([
        { more: false },
        { state: 'none' },
      ])
      expect(performance.now() - begun).toBeLessThan(2_000)
      expect(await made.backend.end(record.place, 'sign-out', Date.now())).toMatchObject({ ended: true })
      expect(made.events).toEqual([])
    })
  })

  it('may have been reset: a sign-in is not refused, and it is no outage', async () => {
    const before = proxy.connections
    proxy.cutAll()
    await until(() => proxy.connections > before, 'it is made anew')
    expect(await made.backend.signIn(signInRecord())).toBeDefined()
    expect(await readOne(made)).toMatchObject({ state: 'none' })
    expect([made.events, made.backend.health().status]).toEqual([[], 'ok'])
  })

  it('is let go at once when a command on it has timed out, and what failed is what is looked at', async () => {
    expect(await made.backend.signIn(signInRecord())).toBeDefined()
    const before = proxy.connections
    proxy.forgetAll()
    await expect(made.backend.signIn(signInRecord())).rejects.toThrow(StoreUnavailableError)
    const { sentInVain } = proxy
    await until(() => made.backend.health().status === 'ok', 'it recovers')
    expect(proxy.connections).toBeGreaterThan(before)
    // At once: nothing more was sent where nothing is heard.
    expect(proxy.sentInVain).toBe(sentInVain)
    expect(await made.backend.signIn(signInRecord())).toBeDefined()
  })
})

describe('FIELD-2 connections to a Cluster that nobody has used', () => {
  let setup: ClusterBehindProxies
  let client: Cluster
  let made: MadeBackend

  beforeAll(async () => {
    setup = await startClusterBehindProxies(2)
  }, 60_000)

  beforeEach(async () => {
    client = new Cluster([...setup.nodes])
    client.on('error', () => {})
    made = redisBackend(client)
    await made.backend.ready()
    // Each server has been used once.
    await Promise.all(Array.from({ length: 16 }, () => made.backend.signIn(signInRecord())))
  })

  afterEach(async () => {
    await made.backend.close()
    client.disconnect()
  })

  afterAll(async () => {
    await setup.stop()
  })

  /** Of users on both servers. */
  async function serves(): Promise<void> {
    const records = Array.from({ length: 16 }, () => signInRecord())
    const replies = records.flatMap((record) => [made.backend.signIn(record), readOne(made)])
    const settled = await Promise.allSettled(replies)
    const causes = settled.flatMap((reply) => (reply.status === 'rejected' ? [(reply.reason as Error).cause] : []))
    expect(causes).toEqual([])
    for (const { place } of records) {
      expect(await made.backend.end(place, 'sign-out', Date.now())).toMatchObject({ ended: true })
    }
    expect([made.events, made.backend.health().status]).toEqual([[], 'ok'])
  }

  it('may have been forgotten without a word', async () => {
    await inTime(made, async () => {
      await pause(1_100)
      for (const proxy of setup.proxies) proxy.forgetAll()
      await serves()
    })
  })

  it.each(['reset', 'close'] as const)('may have met a %s: they are made anew before anybody asks', async (fate) => {
    await inTime(made, async () => {
      for (const proxy of setup.proxies) proxy.idle = { after: 300, fate }
      const spoiled = () => setup.proxies.map((proxy) => proxy.spoiled)
      const before = spoiled()
      await until(() => spoiled().every((count, at) => count > Number(before[at])), 'both have lost some')
      for (const proxy of setup.proxies) proxy.idle = undefined
      await serves()
    })
  })
})

describe('FIELD-3 a replica that does not confirm', () => {
  it('limits nobody’s number: forty sign-ins at once, with one event', async () => {
    const pair = await startPair()
    const made = redisBackend(pair.primary.url, Date.now, { confirmReplicas: 'prefer' })
    const strict = redisBackend(pair.primary.url, Date.now, { confirmReplicas: 'require' })
    await Promise.all([made.backend.ready(), strict.backend.ready()])
    await made.backend.signIn(signInRecord())
    pair.replica.freeze()
    const many = Array.from({ length: 20 }, () => made.backend.signIn(signInRecord()))
    // While the others wait: behind them, not again.
    await pause(50)
    many.push(...Array.from({ length: 20 }, () => made.backend.signIn(signInRecord())))
    expect((await Promise.all(many)).every((ended) => ended !== undefined)).toBe(true)
    // By now in one step, and no replica is asked.
    await pair.primary.admin.config('RESETSTAT')
    await made.backend.signIn(signInRecord({ outcome: { slot: newName(), outcome: Buffer.from('told') } }))
    const stats = await pair.primary.admin.info('commandstats')
    expect(stats.match(/^cmdstat_(wait|evalsha|eval):calls=\d+/gm)).toEqual([
      expect.stringMatching(/^cmdstat_eval(sha)?:calls=1$/),
    ])
    const short = made.events.filter(({ type }) => type === 'replication.short')
    expect(short).toHaveLength(1)
    expect(short[0]).toMatchObject({ cause: 'signIn', count: expect.any(Number) as number })
    expect(made.events).toEqual(short)
    // Refused, all of them, and by the replica: not by a queue.
    const refused = await Promise.allSettled(Array.from({ length: 40 }, () => strict.backend.signIn(signInRecord())))
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true)
    expect([made.backend.health().status, strict.backend.health().status]).toEqual(['ok', 'ok'])
    pair.replica.thaw()
    await Promise.all([made.backend.close(), strict.backend.close()])
    await pair.stop()
  })
})

describe('FIELD-4 a Redis that is full for longer', () => {
  it('slides, signs out and logs out all the while, and says why nobody signs in', async () => {
    const server = await startRedis()
    const made = redisBackend(server.url)
    const { backend } = made
    await backend.ready()
    const [kept, left] = [signInRecord(), signInRecord()]
    await backend.signIn(kept)
    await backend.signIn(left)
    await server.admin.config('SET', 'maxmemory', '1')
    await expect(backend.signIn(signInRecord())).rejects.toThrow(StoreUnavailableError)
    const end = performance.now() + 1_500
    let later = Date.now()
    while (performance.now() < end) {
      later += 10_000
      const read = await backend.read(kept.place, { now: later, idle: 900_000 })
      expect(read).toMatchObject({ state: 'live', until: later + 900_000, granted: later + 900_000 })
      expect(backend.health()).toMatchObject({ status: 'degraded', reason: 'OOM' })
      await pause(50)
    }
    const { granted } = (await backend.read(kept.place, { now: later + 1, idle: 900_000 })) as { granted: number }
    await backend.unslide(kept.place, granted, later)
    expect(await backend.end(left.place, 'sign-out', Date.now())).toMatchObject({ ended: true })
    await server.admin.config('SET', 'maxmemory', '0')
    await until(() => backend.health().status === 'ok', 'it recovers')
    expect(await backend.signIn(signInRecord())).toBeDefined()
    await backend.close()
    await server.stop()
  })
})

describe('FIELD-5 a busy process', () => {
  it.each([700, 1_500])('does not take a reply that lies unread for %d ms for silence', async (stall) => {
    const made = redisBackend(process.env.REDIS_URL)
    await made.backend.ready()
    const replies = [readOne(made), made.backend.signIn(signInRecord())]
    // Let them go out.
    await new Promise((resolve) => setImmediate(resolve))
    const end = performance.now() + stall
    while (performance.now() < end);
    expect(await Promise.all(replies)).toMatchObject([{ state: 'none' }, { more: false }])
    expect(made.events).toEqual([])
    await made.backend.close()
  })
})

describe('FIELD-6 a server on which something is missing', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })

  afterAll(async () => {
    await server.stop()
  })

  it.each(['hkeys', 'zrangebyscore', 'pexpire'])('is not ready without the right to %s, and says so', async (right) => {
    await server.admin.call('ACL', 'SETUSER', right, 'on', '>password', '~*', '&*', '+@all', `-${right}`)
    const { backend, events } = redisBackend(`redis://${right}:password@127.0.0.1:${String(server.port)}`)
    await expect(backend.ready()).rejects.toThrow(StoreUnavailableError)
    expect(backend.health()).toMatchObject({ status: 'down', reason: expect.stringMatching(/^NOPERM/) as string })
    await expect(backend.signIn(signInRecord())).rejects.toThrow(StoreUnavailableError)
    expect(events).toContainEqual({ type: 'store.unavailable', reason: 'NOPERM' })
    await server.admin.call('ACL', 'SETUSER', right, '+@all')
    await until(() => backend.health().status === 'ok', 'it recovers')
    expect(await backend.signIn(signInRecord())).toBeDefined()
    await backend.close()
  })

  it.each(['prefer', 'require'] as const)(
    'does not take INFO renamed away for an outage: %s',
    async (confirmReplicas) => {
      const renamed = await startRedis({ settings: ['--rename-command', 'INFO', 'ASKED'], info: 'asked' })
      const { backend, events } = redisBackend(renamed.url, Date.now, { confirmReplicas })
      // A server that was started this moment, on a busy machine, may let the first look run out of its time.
      await until(() => backend.ready().then(yes, no), 'the server is fit')
      events.length = 0
      const signedIn = await backend.signIn(signInRecord()).then(yes, no)
      // Nobody knows whether there is a replica: who insists on one waits for it in vain.
      expect(signedIn).toBe(confirmReplicas === 'prefer')
      expect(backend.health()).toMatchObject({ status: 'ok' })
      expect(events.filter(({ type }) => type !== 'replication.short')).toEqual([])
      await backend.close()
      await renamed.stop()
    },
  )

  it('leaves nothing of its looks behind', async () => {
    const { backend, prefix } = redisBackend(server.url)
    await backend.ready()
    await backend.close()
    expect(await server.admin.keys(`${prefix}*`)).toEqual([])
  })
})

describe('FIELD-7 a Cluster that has lost a primary', () => {
  let setup: ClusterSetup

  beforeAll(async () => {
    setup = await startCluster({ primaries: 3, replicas: false })
    for (const { admin } of setup.primaries) await admin.config('SET', 'cluster-require-full-coverage', 'no')
  }, 60_000)

  afterAll(async () => {
    await setup.stop()
  })

  it('refuses those whose sessions were there, and nobody else', async () => {
    const theirs = setup.connect()
    theirs.on('error', () => {})
    const { backend, prefix } = redisBackend(theirs, Date.now, { confirmReplicas: 'off' })
    await backend.ready()
    const records = Array.from({ length: 30 }, () => signInRecord())
    for (const record of records) await backend.signIn(record)
    const [lost] = setup.primaries
    const keys = createKeys(prefix)
    const there = await Promise.all(
      records.map(({ place }) =>
        theirs.exists(keys.session(place.tag, place.name)).then(() => keys.session(place.tag, place.name)),
      ),
    )
    const slotOf = (key: string) => setup.primaries[1]?.admin.call('CLUSTER', 'KEYSLOT', key) as Promise<number>
    const slots = await Promise.all(there.map(slotOf))
    await lost?.crash()
    await until(() => backend.health().status !== 'ok', 'it is known')
    for (let round = 0; round < 5; round++) {
      const states = await Promise.all(
        records.map(({ place }) =>
          backend.read(place, { now: Date.now(), idle: 0 }).then(
            ({ state }) => state,
            () => 'refused',
          ),
        ),
      )
      // The first third of the slots was the lost one's.
      expect(states).toEqual(slots.map((slot) => (slot < Math.floor(16_384 / 3) ? 'refused' : 'live')))
      await pause(150)
    }
    expect(backend.health().status).toBe('degraded')
    await backend.close()
    theirs.disconnect()
  }, 60_000)
})

function yes(): boolean {
  return true
}

function no(): boolean {
  return false
}
