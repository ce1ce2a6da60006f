/** Primary with replica, Sentinel, Cluster: what is confirmed, what is found again, and what ten thousand sessions cost. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { Redis } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import type { Cluster } from 'ioredis'

import { StoreUnavailableError } from '../../src/errors.js'
import { BATCH, type Backend } from '../../src/session/backend.js'
import { createKeys } from '../../src/session/redis/keys.js'
import { endOfSid, endOfUser, newName, redisBackend, signInRecord } from '../support/redis/backends.js'
import { startRedis, until, type RedisServer } from '../support/redis/redis-server.js'
import {
  startCluster,
  startClusterOfOne,
  startPair,
  startSentinel,
  type ClusterSetup,
  type Pair,
  type SentinelSetup,
} from '../support/redis/redis-topologies.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock } from '../support/app/start-app.js'

async function stateOf(backend: Backend, place: { tag: string; name: string }): Promise<string> {
  return (await backend.read(place, { now: Date.now(), idle: 0 })).state
}

describe('RED-9 a primary and its replica', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await startPair(['--replica-read-only', 'yes'])
  }, 30_000)

  afterAll(async () => {
    await pair.stop()
  })

  function open(confirmReplicas: 'off' | 'prefer' | 'require') {
    return redisBackend(pair.primary.url, Date.now, { confirmReplicas })
  }

  it.each(['off', 'prefer', 'require'] as const)('%s: confirms a sign-in and an ending without a word', async (how) => {
    const { backend, events, prefix } = open(how)
    const record = signInRecord()
    expect(await backend.signIn(record)).toEqual({ others: [], more: false, older: [] })
    if (how !== 'off') {
      // WAIT has answered: the replica has it.
      const key = createKeys(prefix).session(record.place.tag, record.place.name)
      expect(await pair.replica.admin.exists(key)).toBe(1)
    }
    expect(await backend.end(record.place, 'sign-out', Date.now())).toMatchObject({ ended: true })
    expect(events).toEqual([])
    await backend.close()
  })

  it.each(['off', 'prefer', 'require'] as const)('CB-9 %s: tells duplicates of a confirmed sign-in', async (how) => {
    const { backend } = open(how)
    await backend.ready()
    const settled = { slot: newName(), outcome: Buffer.from('outcome') }
    expect(await backend.signIn(signInRecord({ outcome: settled }))).toEqual({ others: [], more: false, older: [] })
    expect(await backend.takePending(settled.slot)).toEqual({ found: 'outcome', outcome: settled.outcome })
    await backend.close()
  })

  it('CB-9 tells duplicates nothing of a sign-in that no replica has confirmed', async () => {
    const { backend } = open('require')
    await backend.ready()
    const settled = { slot: newName(), outcome: Buffer.from('outcome') }
    await backend.rememberPending(settled.slot, Buffer.from('record'), undefined)
    await backend.takePending(settled.slot)
    pair.replica.freeze()
    const signedIn = await backend.signIn(signInRecord({ outcome: settled })).catch(() => 'refused')
    pair.replica.thaw()
    expect(signedIn).toBe('refused')
    expect(await backend.takePending(settled.slot)).toEqual({ found: 'running' })
    await backend.close()
  })

  it('tell an operator, a user or nobody when the replica does not follow', async () => {
    const opened = { off: open('off'), prefer: open('prefer'), require: open('require') }
    for (const { backend } of Object.values(opened)) await backend.signIn(signInRecord())
    pair.replica.freeze()
    const records = { off: signInRecord(), prefer: signInRecord(), require: signInRecord() }
    expect(await opened.off.backend.signIn(records.off)).toBeDefined()
    expect(await opened.prefer.backend.signIn(records.prefer)).toBeDefined()
    await expect(opened.require.backend.signIn(records.require)).rejects.toThrow(StoreUnavailableError)
    await expect(opened.require.backend.end(records.require.place, 'sign-out', Date.now())).rejects.toThrow(
      StoreUnavailableError,
    )
    pair.replica.thaw()
    expect(opened.off.events).toEqual([])
    expect(opened.prefer.events).toEqual([{ type: 'replication.short', cause: 'signIn', count: 1 }])
    expect(opened.require.events.map(({ type }) => type)).toEqual(['replication.short', 'replication.short'])
    // What was not confirmed is no reason to stop asking.
    expect(opened.require.backend.health().status).toBe('ok')
    await Promise.all(Object.values(opened).map(({ backend }) => backend.close()))
  })
})

describe('a single Redis', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })

  afterAll(async () => {
    await server.stop()
  })

  it('has no replica to prefer, and none to require', async () => {
    const prefer = redisBackend(server.url, Date.now, { confirmReplicas: 'prefer' })
    expect(await prefer.backend.signIn(signInRecord())).toBeDefined()
    expect(prefer.events).toEqual([])
    const require = redisBackend(server.url, Date.now, { confirmReplicas: 'require' })
    await expect(require.backend.signIn(signInRecord())).rejects.toThrow(StoreUnavailableError)
    await Promise.all([prefer.backend.close(), require.backend.close()])
  })

  it('confirms with WAIT when it does not say whether it has replicas', async () => {
    await server.admin.call('ACL', 'SETUSER', 'quiet', 'on', '>quiet', '~*', '&*', '+@all', '-info')
    const { backend, events } = redisBackend(`redis://quiet:quiet@127.0.0.1:${String(server.port)}`)
    await backend.ready()
    expect(await backend.signIn(signInRecord())).toBeDefined()
    expect(events).toEqual([{ type: 'replication.short', cause: 'signIn', count: 1 }])
    expect(backend.health().status).toBe('ok')
    await backend.close()
  })

  const RIGHTS = /^ACL SETUSER (.*)$/m.exec(readFileSync('docs/sessions.md', 'utf8'))?.[1]?.split(' ') ?? []

  it('is asked for no right in docs/sessions.md that no script needs', () => {
    const folder = 'src/session/redis/scripts'
    const lua = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    const used = lua.flatMap((text) =>
      [...text.matchAll(/(?:call|override)\('([A-Z]+)'/g)].map(([, name = '']) => name),
    )
    const ofConnections = ['eval', 'evalsha', 'wait', 'info', 'ping', 'hello', 'auth', 'select', 'client|setname']
    const ofClusters = ['cluster|slots', 'cluster|shards', 'readonly']
    const needed = new Set([...ofConnections, ...ofClusters, ...used.map((name) => name.toLowerCase())])
    const granted = RIGHTS.flatMap((right) => (right.startsWith('+') ? [right.slice(1)] : []))
    expect(granted.sort()).toEqual([...needed].sort())
  })

  it('is content with the rights that docs/sessions.md asks for', async () => {
    await server.admin.call('ACL', 'SETUSER', ...RIGHTS)
    const url = `redis://clinic:password@127.0.0.1:${String(server.port)}`
    const { backend, events } = redisBackend(url, Date.now, { keyPrefix: 'cis2:rights:', confirmReplicas: 'prefer' })
    await backend.ready()
    const [tag, sidName] = [newName(), newName()]
    const record = signInRecord({ place: { tag, name: newName() }, sidName, appData: Buffer.from('app'), alone: true })
    await backend.claimSid(sidName, tag, 60_000)
    await backend.signIn(record)
    const { granted } = (await backend.read(record.place, { now: Date.now() + 1, idle: 900_000 })) as {
      granted: number
    }
    await backend.unslide(record.place, granted, Date.now())
    await backend.readTokens(record.place)
    const turn = { attempt: newName(), seen: undefined }
    await backend.claimApiToken(record.place, { ...turn, kept: undefined }, Date.now())
    await backend.prolongApiToken(record.place, turn.attempt)
    expect(await backend.saveApiToken(record.place, { ...turn, token: Buffer.from('token') }, Date.now())).toBe(true)
    await backend.dropApiToken(record.place, turn.attempt)
    expect(await backend.readApiToken(record.place, Date.now())).toEqual({ token: Buffer.from('token') })
    expect(await backend.namesListed(tag)).toEqual([record.place.name])
    await backend.lookAt(tag, [record.place.name], Date.now())
    await backend.saveAppData(record.place, Buffer.from('more'), Date.now())
    const claim = { slot: sidName, tokenName: newName(), attempt: 'one' }
    await backend.claimSidLogout(claim, 60_000)
    expect(await backend.tagsOfSid(sidName, 60_000)).toEqual([tag])
    expect(await endOfSid(backend, tag, sidName, 60_000, Date.now())).toHaveLength(1)
    await backend.settleClaim(claim, 60_000)
    const sub = { slot: tag, tokenName: newName(), attempt: 'one' }
    await backend.claimSubLogout(sub)
    await endOfUser(backend, tag, { upTo: 5, bar: 60_000 }, Date.now())
    await backend.dropClaim(sub)
    await backend.rememberPending(tag, Buffer.from('record'), Buffer.from('data'))
    await backend.takePending(tag)
    await backend.settlePending({ slot: tag, outcome: Buffer.from('outcome') })
    await backend.forgetPending([tag])
    expect([backend.health().status, events]).toEqual(['ok', []])
    await backend.close()
  })

  it.each(['allkeys-lru', 'volatile-ttl'])('RED-11 is reported as degraded when it evicts (%s)', async (policy) => {
    await server.admin.config('SET', 'maxmemory-policy', policy)
    const { backend } = redisBackend(server.url)
    await backend.ready()
    expect(backend.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining(policy) as string })
    await backend.close()
    await server.admin.config('SET', 'maxmemory-policy', 'noeviction')
    const next = redisBackend(server.url)
    await next.backend.ready()
    expect(next.backend.health().status).toBe('ok')
    await next.backend.close()
  })

  it('BCL-27 ends ten thousand sessions of one user in many short steps, and scans nothing', async () => {
    const { backend } = redisBackend(server.url)
    await backend.ready()
    const tag = newName()
    const count = 10_000
    for (let made = 0; made < count; made += 500) {
      const some = Array.from({ length: 500 }, () => backend.signIn(signInRecord({ place: { tag, name: newName() } })))
      await Promise.all(some)
    }
    await server.admin.config('RESETSTAT')
    let ended = 0
    let steps = 0
    for (let some = -1; some !== 0; steps++) {
      some = (await endOfUser(backend, tag, {}, Date.now())).length
      ended += some
      // Between two steps the server is anybody's. How long it all takes is for the benchmark to say.
      await server.admin.ping()
    }
    expect(ended).toBe(count)
    expect(steps).toBeGreaterThanOrEqual(count / (BATCH + 1))
    const commands = await server.admin.info('commandstats')
    expect(commands).not.toMatch(/cmdstat_(scan|keys|hscan|sscan|zscan):/)
    await backend.close()
  }, 60_000)
})

describe('Sentinel', () => {
  let setup: SentinelSetup

  beforeAll(async () => {
    setup = await startSentinel()
  }, 60_000)

  afterAll(async () => {
    await setup.stop()
  })

  it('RED-7 finds the new primary by itself: what was acknowledged is there, what was ended stays ended', async () => {
    const theirs = new Redis({ sentinels: [...setup.sentinels], name: setup.name, role: 'slave', lazyConnect: true })
    const { backend, events, prefix } = redisBackend(theirs, Date.now, { confirmReplicas: 'require' })
    await backend.ready()
    const kept = signInRecord()
    const ended = signInRecord()
    await backend.signIn(kept)
    await backend.signIn(ended)
    await backend.end(ended.place, 'sign-out', Date.now())
    await setup.primary.crash()
    await until(() => events.some(({ type }) => type === 'store.unavailable'), 'the loss is known')
    await until(() => backend.health().status === 'ok', 'the new primary is found', 20_000)
    expect([await stateOf(backend, kept.place), await stateOf(backend, ended.place)]).toEqual(['live', 'none'])
    await backend.close()
    // There is no replica left to require: a sign-in is the next node's, which prefers one.
    const next = redisBackend(theirs, Date.now, { keyPrefix: prefix })
    expect(await next.backend.signIn(ended)).toBeUndefined()
    expect(await next.backend.signIn(signInRecord())).toBeDefined()
    await next.backend.close()
    theirs.disconnect()
  }, 40_000)
})

describe('Cluster', () => {
  let setup: ClusterSetup

  beforeAll(async () => {
    setup = await startCluster()
  }, 60_000)

  afterAll(async () => {
    await setup.stop()
  })

  it.each([
    ['ioredis 6', () => setup.connect()],
    [
      'ioredis 5 with a prefix and reads from replicas',
      () => new Cluster5([...setup.nodes], { keyPrefix: 'theirs:', scaleReads: 'slave' }) as unknown as Cluster,
    ],
  ])('RED-8 signs in, reads, ends and logs out in every slot, through %s', async (_which, connect) => {
    const theirs = connect()
    theirs.on('error', () => {})
    const { backend, events } = redisBackend(theirs, Date.now, { confirmReplicas: 'require' })
    await backend.ready()
    const records = Array.from({ length: 12 }, () => signInRecord({ sidName: newName() }))
    for (const record of records) {
      expect(await backend.claimSid(String(record.sidName), record.place.tag, 60_000)).toBe(true)
      expect(await backend.signIn(record)).toEqual({ others: [], more: false, older: [] })
    }
    for (const { place, sidName, note } of records) {
      expect(await stateOf(backend, place)).toBe('live')
      expect(await backend.tagsOfSid(String(sidName), 60_000)).toEqual([place.tag])
      expect(await endOfSid(backend, place.tag, String(sidName), 60_000, Date.now())).toEqual([note])
      expect(await stateOf(backend, place)).toBe('none')
    }
    expect(events).toEqual([])
    await backend.close()
    theirs.disconnect()
  })

  it('RED-8 carries a whole journey, in an application that was handed a Cluster', async () => {
    const client = setup.connect()
    await journey(client)
    client.disconnect()
  })

  it('RED-8 carries a whole journey behind one address, for which the application has a URL', async () => {
    const server = await startClusterOfOne()
    await journey(server.url)
    await server.stop()
  })

  async function journey(redis: Cluster | string): Promise<void> {
    const provider = await ScriptedProvider.start(new TestClock())
    const app = await startApp({ provider, options: { session: { redis } } })
    const [browser, other] = [await app.signedIn(), await app.signedIn()]
    expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    expect((await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })).status).toBe(303)
    expect(await app.whoAmI(other)).toMatchObject({ sub: NURSE.sub })
    expect(await app.auth.endSessions({ sub: NURSE.sub })).toBe(1)
    expect(await app.whoAmI(other)).toBeUndefined()
    expect(await app.auth.health()).toMatchObject({ status: 'ok' })
    await app.stop()
    await provider.stop()
  }
})

it('CB-9, RACE-12 fifty parallel callbacks with one state make exactly one token request', async () => {
  const provider = await ScriptedProvider.start(new TestClock())
  const options = { session: { redis: process.env.REDIS_URL } }
  const app = await startApp({ provider, options })
  const browser = app.browser()
  const callback = await app.callbackAddress(browser)
  const copies = Array.from({ length: 50 }, () => browser.copy())
  const answers = await Promise.all(copies.map((copy) => copy.navigate(callback)))
  expect(provider.requestsTo('/access_token')).toHaveLength(1)
  expect(new Set(answers.map(({ status, location }) => `${String(status)} ${String(location)}`)).size).toBe(1)
  expect(answers[0]?.status).toBe(303)
  expect(new Set(answers.map(({ setCookies }) => setCookies.join('\n'))).size).toBe(1)
  for (const copy of copies.slice(0, 3)) expect(await app.whoAmI(copy)).toMatchObject({ sub: NURSE.sub })
  await app.stop()
  await provider.stop()
})
