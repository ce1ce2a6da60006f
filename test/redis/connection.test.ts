/** What lies between us and Redis: refused, slow, cut at any byte, answering nonsense, encrypted. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'

import { StoreUnavailableError } from '../../src/errors.js'
import type { Backend } from '../../src/session/backend.js'
import { createKeys } from '../../src/session/redis/keys.js'
import { newName, redisBackend, signInRecord, type MadeBackend } from '../support/redis/backends.js'
import { freePort } from '../support/free-port.js'
import { startRedis, temporaryDirectory, until, type RedisServer } from '../support/redis/redis-server.js'
import { startProxy, type TcpProxy } from '../support/redis/tcp-proxy.js'

const IDLE = 900_000

function nowhere() {
  return { tag: newName(), name: newName() }
}

function read(backend: Backend, place = nowhere()) {
  return backend.read(place, { now: Date.now(), idle: IDLE })
}

async function refused(action: Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await expect(action).rejects.toThrow(StoreUnavailableError)
  return performance.now() - begun
}

/** Half of what an answer of Redis may take: nobody has waited for one. In milliseconds. */
const AT_ONCE = 250
/** What README promises of an answer while Redis is away, in milliseconds. */
const LONGEST = 2_000

/** The fastest of several: whoever waits for Redis always does, and a busy machine hardly holds up all of them. */
async function fastestRefusal(backend: Backend): Promise<number> {
  let fastest = Infinity
  for (let times = 0; times < 5 && fastest >= AT_ONCE; times++) {
    fastest = Math.min(fastest, await refused(read(backend)))
  }
  return fastest
}

describe('a Redis that is not there at start', () => {
  it('RED-1 is refused at once, not waited for, and found when it appears', async () => {
    const port = await freePort()
    const { backend, events } = redisBackend(`redis://127.0.0.1:${String(port)}`)
    // The first waits for the first try, which fails; the second knows.
    expect(await refused(read(backend))).toBeLessThan(LONGEST)
    expect(await fastestRefusal(backend)).toBeLessThan(AT_ONCE)
    expect(backend.health()).toMatchObject({ status: 'down', reason: 'ECONNREFUSED' })
    const server = await startRedis({ port })
    await until(() => backend.health().status === 'ok', 'it is found')
    expect(await read(backend)).toMatchObject({ state: 'none' })
    expect(events.map(({ type }) => type)).toEqual(['store.unavailable', 'store.recovered'])
    await backend.close()
    await server.stop()
  })

  it('is waited for by ready(), for a second', async () => {
    const port = await freePort()
    const { backend } = redisBackend(`redis://127.0.0.1:${String(port)}`)
    const early = expect(backend.ready()).rejects.toThrow(StoreUnavailableError)
    await early
    const ready = backend.ready()
    const server = await startRedis({ port })
    await ready.catch(() => backend.ready())
    await until(() => backend.health().status === 'ok', 'it is found')
    await backend.close()
    await server.stop()
  })

  it('is waited for by a request that comes while the first connection is under way', async () => {
    const { backend } = redisBackend(process.env.REDIS_URL)
    expect(await read(backend)).toMatchObject({ state: 'none' })
    await backend.close()
  })
})

describe('the network to Redis', () => {
  let proxy: TcpProxy
  let made: MadeBackend

  beforeEach(async () => {
    proxy = await startProxy(Number(new URL(String(process.env.REDIS_URL)).port))
    made = redisBackend(`redis://127.0.0.1:${String(proxy.port)}`, Date.now, { confirmReplicas: 'off' })
    await made.backend.ready()
  })

  afterEach(async () => {
    await made.backend.close()
    await proxy.stop()
  })

  it.each([50, 200])('RED-4 may take %d ms', async (delay) => {
    proxy.delay = delay
    expect(await read(made.backend)).toMatchObject({ state: 'none' })
    expect(made.backend.health().status).toBe('ok')
  })

  it('RED-4 may not take longer than half a second, and is tried again by nobody but the breaker', async () => {
    proxy.delay = 2 * LONGEST
    expect(await refused(read(made.backend))).toBeLessThan(LONGEST)
    expect(made.backend.health()).toMatchObject({ status: 'down', reason: 'timeout' })
    expect(await fastestRefusal(made.backend)).toBeLessThan(AT_ONCE)
    proxy.delay = 0
    await until(() => made.backend.health().status === 'ok', 'it recovers')
  })

  it('RED-20 is known to be lost the moment it is, without a request that finds out', async () => {
    await proxy.stop()
    await until(() => made.backend.health().status === 'down', 'it is known')
    expect(await fastestRefusal(made.backend)).toBeLessThan(AT_ONCE)
    proxy = await startProxy(1)
  })

  it.each(['-LOADING Redis is loading', '-UNKILLABLE Sorry', '-CLUSTERDOWN The cluster is down', '-NOAUTH needed'])(
    'RED-13 answers %s: nobody is let in, and the next does not ask',
    async (reply) => {
      proxy.reply = reply
      await refused(read(made.backend))
      expect(made.backend.health()).toMatchObject({ status: 'down', reason: /^-(\w+)/.exec(reply)?.[1] })
      expect(await fastestRefusal(made.backend)).toBeLessThan(AT_ONCE)
      proxy.reply = undefined
      await until(() => made.backend.health().status === 'ok', 'it recovers')
    },
  )

  it.each(['+OK', ':1', '$-1', '*0', '*-1', '*1\r\n+1'])(
    'RED-13 answers %j: that is believed by nobody',
    async (reply) => {
      proxy.reply = reply
      await refused(read(made.backend))
      await refused(made.backend.signIn(signInRecord()))
      await refused(made.backend.takePending(newName()))
      await refused(made.backend.claimSidLogout({ slot: newName(), tokenName: newName(), attempt: 'one' }, 1_000))
    },
  )

  it('RED-5 is cut at every byte of an answer: the sign-in is then refused, and stored whole or not at all', async () => {
    const admin = new Redis(String(process.env.REDIS_URL))
    const keys = createKeys(made.prefix)
    // `{1, 0, {}}`. Without its last line feed the client takes it for whole already, and so it is.
    const length = '*3\r\n:1\r\n:0\r\n*0\r'.length
    let cuts = 0
    for (let tries = 0; cuts < length && tries < 5 * length; tries++) {
      proxy.bytesLeft = undefined
      await until(() => made.backend.health().status === 'ok', 'it is connected')
      const record = signInRecord()
      const { tag, name } = record.place
      // Behind whatever else is on its way; and once more when the last cut was noticed only now.
      const reached = await read(made.backend).catch(() => undefined)
      if (reached === undefined) continue
      proxy.bytesLeft = cuts
      const stored = await made.backend.signIn(record).then(
        () => true,
        (error: unknown) => !(error instanceof StoreUnavailableError),
      )
      // The cut has met an answer about the server itself, which is asked for at each connection: once more.
      if (stored) continue
      cuts += 1
      const all = [keys.session(tag, name), keys.tombstone(tag, name), keys.sessionsOfUser(tag)]
      const [, ...there] = await Promise.all([admin.ping(), ...all.map((key) => admin.pttl(key))])
      expect(there.every((lifetime) => lifetime > 0) || there.every((lifetime) => lifetime === -2)).toBe(true)
    }
    expect(cuts).toBe(length)
    admin.disconnect()
  })

  it('M15 never sends a write again after its answer was lost', async () => {
    const record = signInRecord()
    await made.backend.signIn(record)
    await read(made.backend)
    proxy.bytesLeft = 0
    await refused(made.backend.saveAppData(record.place, Buffer.from('late'), Date.now()))
    const other = redisBackend(process.env.REDIS_URL, Date.now, { keyPrefix: made.prefix })
    await other.backend.end(record.place, 'sign-out', Date.now())
    await until(() => made.backend.health().status === 'ok', 'it is connected again')
    expect(await read(made.backend, record.place)).toMatchObject({ state: 'none', reason: 'sign-out' })
    await other.backend.close()
  })

  it('RED-19 is not queued for while it is gone: ten thousand requests fail at once', async () => {
    await proxy.stop()
    await until(() => made.backend.health().status === 'down', 'it is known')
    const results = await Promise.allSettled(Array.from({ length: 10_000 }, () => read(made.backend)))
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    proxy = await startProxy(1)
  })

  it('RED-3 is made anew when it hangs', async () => {
    const before = proxy.connections
    proxy.delay = 30_000
    await refused(read(made.backend))
    await until(() => proxy.connections > before, 'a new connection is tried')
    proxy.delay = 0
    await until(() => made.backend.health().status === 'ok', 'it recovers')
  })

  it('answers nothing after close()', async () => {
    await made.backend.close()
    await refused(read(made.backend))
    expect(made.events).toEqual([])
  })
})

describe('a client handed in', () => {
  it.each([
    [
      'ioredis 6',
      (url: string) => new Redis(url, { keyPrefix: 'theirs:', commandTimeout: 60_000, replyMapping: 'resp3' }),
    ],
    [
      'ioredis 5',
      (url: string) => new Redis5(url, { keyPrefix: 'theirs:', commandTimeout: 60_000 }) as unknown as Redis,
    ],
    [
      'ioredis 6 with everything that would harm us',
      (url: string) =>
        new Redis(url, {
          enableAutoPipelining: true,
          lazyConnect: true,
          stringNumbers: true,
          protocol: 2,
          readOnly: true,
        }),
    ],
  ])('is copied with our limits, whatever its own are: %s', async (_which, connect) => {
    const theirs = connect(String(process.env.REDIS_URL))
    theirs.on('error', () => {})
    const { backend, prefix } = redisBackend(theirs)
    await backend.ready()
    const record = signInRecord({ appData: Buffer.from('app') })
    await backend.signIn(record)
    expect(await read(backend, record.place)).toMatchObject({ state: 'live', small: record.small, user: record.user })
    const plain = new Redis(String(process.env.REDIS_URL))
    expect(await plain.exists(createKeys(prefix).session(record.place.tag, record.place.name))).toBe(1)
    await backend.close()
    // Theirs is theirs to close.
    expect(theirs.status).not.toBe('end')
    theirs.disconnect()
    plain.disconnect()
  })

  it('is refused when it cannot be duplicated', () => {
    const broken = Object.assign(new Redis({ lazyConnect: true }), {
      duplicate() {
        throw new Error('no')
      },
    })
    expect(() => redisBackend(broken)).toThrow(/duplicated.*commandTimeout: 500.*enableOfflineQueue: false/s)
  })
})

describe('Redis over TLS', () => {
  let directory: string
  let server: RedisServer
  let certificate: Buffer

  beforeAll(async () => {
    directory = temporaryDirectory()
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(directory, name))
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const newKey = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', String(key)]
    execFileSync('openssl', [...newKey, '-out', String(cert), ...subject], { stdio: 'ignore' })
    certificate = readFileSync(String(cert))
    const port = await freePort()
    const files = ['--tls-cert-file', String(cert), '--tls-key-file', String(key), '--tls-ca-cert-file', String(cert)]
    server = await startRedis({
      port,
      directory,
      settings: ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...files],
      admin: { host: 'localhost', tls: { ca: certificate } },
    })
  })

  afterAll(async () => {
    await server.stop()
  })

  it('RED-23 is used when the certificate is trusted', async () => {
    const theirs = new Redis({ host: 'localhost', port: server.port, tls: { ca: certificate }, lazyConnect: true })
    const { backend } = redisBackend(theirs)
    await backend.ready()
    expect(await read(backend)).toMatchObject({ state: 'none' })
    await backend.close()
    theirs.disconnect()
  })

  it.each([
    ['is signed by nobody that we know', () => `rediss://localhost:${String(server.port)}`, /CERT|SIGNED/],
    [
      'is another host’s',
      () => new Redis({ host: '127.0.0.1', port: server.port, tls: { ca: certificate }, lazyConnect: true }),
      /ALTNAME/,
    ],
  ])('RED-23 is refused when the certificate %s, and plain text is never tried', async (_what, where, reason) => {
    const { backend } = redisBackend(where())
    await refused(backend.ready())
    await refused(read(backend))
    expect(backend.health().reason).toMatch(reason)
    await backend.close()
  })
})
