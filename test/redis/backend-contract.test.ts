/** The promises of the store, kept alike in memory, on one Redis and on a Cluster. */
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

import { API_TOKEN_TURN } from '../../src/session/api-token-store.js'
import { BATCH, REASON_KEPT } from '../../src/session/backend.js'
import type { Backend, Place, SignInRecord, TakenRecord } from '../../src/session/backend.js'
import { endOfSid, endOfUser, memoryBackend, newName, redisBackend, signInRecord } from '../support/redis/backends.js'
import type { RedisServer } from '../support/redis/redis-server.js'
import { startStrictRedis, type StrictRedis } from '../support/redis/strict-redis.js'
import { startCluster, startClusterOfOne, type ClusterSetup } from '../support/redis/redis-topologies.js'

const IDLE = 900_000
const HOUR = 3_600_000

interface Stage {
  readonly backend: Backend
  now: number
}

type Open = (clock: () => number) => Backend | Promise<Backend>

describe('the in-memory store', () => {
  keepsItsPromises((clock) => memoryBackend(clock).backend, true, true)
})

describe('one Redis', () => {
  keepsItsPromises((clock) => redisBackend(process.env.REDIS_URL, clock).backend)
})

describe('a Redis that refuses keys which a script does not declare', () => {
  let strict: StrictRedis

  beforeAll(async () => {
    strict = await startStrictRedis(Number(new URL(String(process.env.REDIS_URL)).port))
  })

  afterAll(async () => {
    await strict.stop()
  })

  keepsItsPromises((clock) => redisBackend(strict.url, clock).backend)
})

describe('a Redis Cluster', () => {
  let setup: ClusterSetup

  beforeAll(async () => {
    setup = await startCluster({ replicas: false })
  }, 60_000)

  afterAll(async () => {
    await setup.stop()
  })

  keepsItsPromises((clock) => {
    const client = setup.connect()
    client.on('error', () => {})
    const { backend } = redisBackend(client, clock)
    client.disconnect()
    return backend
  }, false)
})

describe('a Redis Cluster behind one address', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startClusterOfOne()
  }, 60_000)

  afterAll(async () => {
    await server.stop()
  })

  keepsItsPromises((clock) => redisBackend(server.url, clock).backend, false)
})

/**
 * @param crossesSlots - Whether one operation is to touch keys of any slot.
 * @param goesByOurClock - Redis counts the time by itself.
 */
function keepsItsPromises(open: Open, crossesSlots = true, goesByOurClock = false): void {
  let stage: Stage
  let backend: Backend

  beforeAll(async () => {
    const clock = { now: Date.now() }
    backend = await open(() => clock.now)
    await backend.ready()
    stage = Object.assign(clock, { backend })
  })

  beforeEach(() => {
    stage.now = Date.now()
  })

  afterAll(async () => {
    await backend.close()
  })

  async function pass(milliseconds: number): Promise<void> {
    if (!goesByOurClock) await delay(milliseconds)
    stage.now = goesByOurClock ? stage.now + milliseconds : Date.now()
  }

  async function signedIn(change: Partial<SignInRecord> = {}): Promise<SignInRecord> {
    const record = signInRecord({ now: stage.now, ...change })
    expect(await backend.signIn(record)).toMatchObject({ others: [], more: false })
    return record
  }

  /** Many sign-ins of one user, not so many at once that a busy machine answers none of them in time. */
  async function allSignedIn(tag: string, names: readonly string[], change: Partial<SignInRecord> = {}): Promise<void> {
    for (let from = 0; from < names.length; from += 25) {
      await Promise.all(names.slice(from, from + 25).map((name) => signedIn({ place: { tag, name }, ...change })))
    }
  }

  it('RED-8 says whether a sign-in can be one step', () => {
    expect(backend.crossesSlots()).toBe(crossesSlots)
  })

  function read(place: Place, idle = 0, now = stage.now) {
    return backend.read(place, { now, idle })
  }

  async function stateOf({ place }: { readonly place: Place }): Promise<string> {
    return (await read(place)).state
  }

  describe('a session', () => {
    it('is what was stored', async () => {
      const record = await signedIn({ appData: Buffer.from('app') })
      expect(await read(record.place)).toEqual({
        state: 'live',
        until: record.until,
        granted: 0,
        absolute: record.absolute,
        small: record.small,
        user: record.user,
        appData: record.appData,
      })
      expect(await backend.readTokens(record.place)).toEqual(record.tokens)
    })

    it('is none where none was made', async () => {
      const place = { tag: newName(), name: newName() }
      expect(await read(place)).toEqual({ state: 'none', reason: undefined, note: undefined })
      expect(await backend.readTokens(place)).toBeUndefined()
      expect(await backend.saveAppData(place, Buffer.from('x'), stage.now)).toBe(false)
      expect(await backend.end(place, 'sign-out', stage.now)).toEqual({ ended: false, note: undefined })
    })

    it('is none for another application, which leaves it as it is', async () => {
      const { place } = await signedIn({ application: 'ours' })
      const anonymous = { tag: newName(), name: newName() }
      const times = { now: stage.now, idle: IDLE, absolute: stage.now + HOUR, application: 'ours' }
      await backend.createAnonymous(anonymous, Buffer.from('data'), times)
      for (const each of [place, anonymous]) {
        const by = (application: string) => backend.read(each, { now: stage.now + 1, idle: IDLE, application })
        expect(await by('theirs')).toEqual({ state: 'none', reason: undefined, note: undefined })
        expect(await by('ours')).toMatchObject({ state: 'live', granted: stage.now + 1 + IDLE })
        expect(await read(each)).toMatchObject({ state: 'live' })
      }
      const { place: nobodys } = await signedIn()
      expect(await backend.read(nobodys, { now: stage.now, idle: 0, application: 'ours' })).toMatchObject({
        state: 'live',
      })
    })

    it('TMO-1 ends to the millisecond when nobody comes, and says so for ten minutes', async () => {
      const { place, until } = await signedIn()
      expect(await read(place, 0, until - 1)).toMatchObject({ state: 'live' })
      expect(await read(place, 0, until)).toEqual({ state: 'none', reason: 'idle', note: undefined })
      stage.now = until + REASON_KEPT - 1
      expect(await read(place)).toMatchObject({ state: 'none', reason: 'idle' })
    })

    it('TMO-3 ends at its absolute deadline however often it is read, and reports that once', async () => {
      const { place, absolute, note } = await signedIn({ absolute: stage.now + 1_000_000 })
      expect(await read(place, IDLE, stage.now + 500_000)).toMatchObject({ until: absolute, granted: absolute })
      expect(await read(place, IDLE, absolute - 1)).toMatchObject({ state: 'live', until: absolute })
      stage.now = absolute
      expect(await read(place, IDLE)).toEqual({ state: 'none', reason: 'absolute', note })
      expect(await read(place, IDLE)).toEqual({ state: 'none', reason: 'absolute', note: undefined })
    })

    it('slides when it is read, and not when it is read passively', async () => {
      const { place, until } = await signedIn()
      expect(await read(place, 0, stage.now + 60_000)).toMatchObject({ until, granted: 0 })
      expect(await read(place, IDLE, stage.now + 60_000)).toMatchObject({
        until: until + 60_000,
        granted: until + 60_000,
      })
      expect(await read(place, 0, until + 59_999)).toMatchObject({ state: 'live' })
    })

    it('TMO-6, PRC-8 is never cut short by a read whose clock is behind', async () => {
      const { place, until } = await signedIn()
      expect(await read(place, IDLE, stage.now - HOUR)).toMatchObject({ state: 'live', until, granted: 0 })
    })

    it('lives on in its tombstone only as a reason, once ended', async () => {
      const { place, note } = await signedIn()
      expect(await backend.end(place, 'sign-out', stage.now)).toEqual({ ended: true, note })
      expect(await backend.end(place, 'administrator', stage.now)).toMatchObject({ ended: false })
      expect(await read(place)).toEqual({ state: 'none', reason: 'sign-out', note: undefined })
      expect(await backend.readTokens(place)).toBeUndefined()
    })

    it('keeps the reason it has when it is ended after its time', async () => {
      const { place, until } = await signedIn()
      stage.now = until + 1
      expect(await backend.end(place, 'sign-out', stage.now)).toMatchObject({ ended: false })
      expect(await read(place)).toMatchObject({ state: 'none', reason: 'idle' })
    })

    it('RACE-1 is not brought back by a write, a slide, a sign-in or a creation that comes late', async () => {
      const record = await signedIn()
      const { place } = record
      const { granted } = (await read(place, IDLE, stage.now + 1)) as { granted: number }
      await backend.end(place, 'back-channel', stage.now)
      expect(await backend.saveAppData(place, Buffer.from('late'), stage.now)).toBe(false)
      await backend.unslide(place, granted, stage.now)
      expect(await backend.signIn(record)).toBeUndefined()
      const times = { now: stage.now, idle: IDLE, absolute: stage.now + HOUR }
      expect(await backend.createAnonymous(place, Buffer.from('late'), times)).toBe(false)
      expect(await read(place, IDLE)).toMatchObject({ state: 'none', reason: 'back-channel' })
    })

    it('is not written over by another sign-in of its name', async () => {
      const record = await signedIn()
      expect(await backend.signIn({ ...record, user: Buffer.from('other') })).toBeUndefined()
      expect(await read(record.place)).toMatchObject({ user: record.user })
    })
  })

  describe('a token for NHS APIs', () => {
    const token = Buffer.from([0, 1, 0x0a, 255])

    async function taken(place: Place, seen: Buffer | undefined, kept?: Buffer): Promise<string> {
      const attempt = newName()
      const claimed = await backend.claimApiToken(place, { attempt, seen, kept }, stage.now)
      expect(claimed).toMatchObject({ claim: 'mine' })
      return attempt
    }

    async function withToken(): Promise<Place> {
      const { place } = await signedIn()
      const attempt = await taken(place, undefined)
      expect(await backend.saveApiToken(place, { attempt, seen: undefined, token }, stage.now)).toBe(true)
      return place
    }

    it('is what was stored, byte for byte, and slides nothing', async () => {
      const place = await withToken()
      expect(await backend.readApiToken(place, stage.now + 1)).toEqual({ token })
      expect(await read(place)).toMatchObject({ until: stage.now + IDLE })
    })

    it('is none in a new session, which tells its tokens of CIS2 to whoever takes the turn', async () => {
      const record = await signedIn()
      const { place } = record
      expect(await backend.readApiToken(place, stage.now)).toEqual({ token: undefined })
      const turn = { attempt: newName(), seen: undefined, kept: undefined }
      expect(await backend.claimApiToken(place, turn, stage.now)).toEqual({ claim: 'mine', tokens: record.tokens })
    })

    it('gives one turn at a time, and the next when it is given back', async () => {
      const place = await withToken()
      const attempt = await taken(place, token)
      const another = { attempt: newName(), seen: token, kept: undefined }
      expect(await backend.claimApiToken(place, another, stage.now)).toEqual({ claim: 'busy' })
      await backend.dropApiToken(place, another.attempt)
      expect(await backend.claimApiToken(place, another, stage.now)).toEqual({ claim: 'busy' })
      await backend.dropApiToken(place, attempt)
      expect(await backend.claimApiToken(place, another, stage.now)).toMatchObject({ claim: 'mine' })
    })

    it('is changed by nobody who saw something else, byte for byte, or nothing, or nothing that is there', async () => {
      const place = await withToken()
      const attempt = newName()
      const bytes = Buffer.from(token)
      const claimBy = (seen: Buffer | undefined) =>
        backend.claimApiToken(place, { attempt, seen, kept: undefined }, stage.now)
      for (const seen of [undefined, Buffer.from([0, 1, 0x0a]), Buffer.from([0, 1, 0x0a, 254])]) {
        expect(await claimBy(seen)).toEqual({ claim: 'changed' })
        expect(await backend.saveApiToken(place, { attempt, seen, token: bytes }, stage.now)).toBe(false)
      }
      expect(await claimBy(bytes)).toMatchObject({ claim: 'mine' })
      expect(await backend.saveApiToken(place, { attempt, seen: bytes, token: bytes }, stage.now)).toBe(true)
      const { place: without } = await signedIn()
      const turn = { attempt, seen: token, kept: undefined }
      expect(await backend.claimApiToken(without, turn, stage.now)).toEqual({ claim: 'changed' })
    })

    it('gives a turn back with what it writes', async () => {
      const place = await withToken()
      expect(
        await backend.claimApiToken(place, { attempt: 'x', seen: token, kept: undefined }, stage.now),
      ).toMatchObject({
        claim: 'mine',
      })
    })

    it('keeps what is to stand there meanwhile, and takes nothing over anything else', async () => {
      const place = await withToken()
      const kept = Buffer.from('kept')
      const attempt = await taken(place, token, kept)
      expect(await backend.readApiToken(place, stage.now)).toEqual({ token: kept })
      const late = { attempt: newName(), seen: token, kept: undefined }
      expect(await backend.claimApiToken(place, late, stage.now)).toEqual({ claim: 'changed' })
      expect(await backend.saveApiToken(place, { ...late, token: Buffer.from('late') }, stage.now)).toBe(false)
      expect(await backend.saveApiToken(place, { attempt, seen: kept, token: Buffer.from('new') }, stage.now)).toBe(
        true,
      )
      expect(await backend.readApiToken(place, stage.now)).toEqual({ token: Buffer.from('new') })
    })

    it('dies with its session, and is written into none that has ended', async () => {
      const place = await withToken()
      const attempt = await taken(place, token)
      await backend.end(place, 'sign-out', stage.now)
      expect(await backend.readApiToken(place, stage.now)).toBeUndefined()
      expect(await backend.saveApiToken(place, { attempt, seen: token, token }, stage.now)).toBe(false)
      const another = { attempt: newName(), seen: undefined, kept: Buffer.from('kept') }
      expect(await backend.claimApiToken(place, another, stage.now)).toEqual({ claim: 'over' })
      expect(await stateOf({ place })).toBe('none')
    })

    it('is not there once the session has timed out by the clock', async () => {
      const place = await withToken()
      const attempt = await taken(place, token)
      const later = stage.now + IDLE
      expect(await backend.readApiToken(place, later)).toBeUndefined()
      expect(await backend.saveApiToken(place, { attempt, seen: token, token }, later)).toBe(false)
      const another = { attempt: newName(), seen: token, kept: undefined }
      expect(await backend.claimApiToken(place, another, later)).toEqual({ claim: 'over' })
    })

    // Redis counts the time by itself, so it takes some: not once more for each kind of server.
    if (crossesSlots) {
      it('keeps the turn of one that goes on, and frees that of an instance that was killed within two seconds', async () => {
        let place = await withToken()
        const another = { attempt: newName(), seen: token, kept: undefined }
        let claimed: unknown
        // Three tries: a machine that was too busy to prolong in time has shown nothing.
        for (let tries = 0; tries < 3 && !isBusy(claimed); tries++) {
          if (tries > 0) place = await withToken()
          const attempt = await taken(place, token)
          await pass(API_TOKEN_TURN - 500)
          await backend.prolongApiToken(place, attempt)
          await pass(700)
          claimed = await backend.claimApiToken(place, another, stage.now)
        }
        expect(claimed).toEqual({ claim: 'busy' })
        // As long as a busy machine may take.
        for (let waited = 0; isBusy(claimed) && waited < 20_000; waited += 50) {
          await pass(50)
          claimed = await backend.claimApiToken(place, another, stage.now)
        }
        expect(claimed).toMatchObject({ claim: 'mine' })
      })
    }
  })

  describe('a slide', () => {
    it('can be taken back', async () => {
      const { place, until } = await signedIn()
      await read(place, IDLE, stage.now + 60_000)
      await backend.unslide(place, until + 60_000, stage.now + 60_000)
      expect(await read(place)).toMatchObject({ until })
    })

    it('leaves what others were granted, in whichever order they take theirs back', async () => {
      const { place, until } = await signedIn()
      for (const later of [60_000, 60_100, 60_200]) await read(place, IDLE, stage.now + later)
      await backend.unslide(place, until + 60_200, stage.now + 60_200)
      await backend.unslide(place, until + 60_000, stage.now + 60_200)
      expect(await read(place)).toMatchObject({ until: until + 60_100 })
      await backend.unslide(place, until + 60_100, stage.now + 60_200)
      expect(await read(place)).toMatchObject({ until })
    })

    it('is nobody’s to take back once others rely on it', async () => {
      const { place, until } = await signedIn()
      await read(place, IDLE, stage.now + 60_000)
      await read(place, IDLE, stage.now + 70_000)
      await backend.unslide(place, until + 60_000, stage.now + 70_000)
      await backend.unslide(place, until + 70_000, stage.now + 70_000)
      expect(await read(place)).toMatchObject({ until: until + 60_000 })
    })

    it('forgets the oldest of many that came at once', async () => {
      const { place, until } = await signedIn()
      for (let each = 1; each <= 40; each++) await read(place, IDLE, stage.now + 60_000 + each)
      expect(await read(place)).toMatchObject({ until: until + 60_040 })
    })
  })

  describe('an anonymous session', () => {
    it('keeps the application’s data, and has nobody to report', async () => {
      const place = { tag: newName(), name: newName() }
      const times = { now: stage.now, idle: IDLE, absolute: stage.now + HOUR }
      expect(await backend.createAnonymous(place, Buffer.from('first'), times)).toBe(true)
      expect(await backend.createAnonymous(place, Buffer.from('second'), times)).toBe(true)
      expect(await read(place)).toMatchObject({
        state: 'live',
        until: stage.now + IDLE,
        small: undefined,
        user: undefined,
        appData: Buffer.from('second'),
      })
      expect(await backend.saveAppData(place, Buffer.from('third'), stage.now)).toBe(true)
      expect(await read(place)).toMatchObject({ appData: Buffer.from('third') })
      expect(await backend.end(place, 'sign-out', stage.now)).toEqual({ ended: true, note: undefined })
      expect(await stateOf({ place })).toBe('none')
    })

    it('is nobody’s: it has no tokens of CIS2, and is listed without a name', async () => {
      const place = { tag: newName(), name: newName() }
      const times = { now: stage.now, idle: IDLE, absolute: stage.now + HOUR }
      await backend.createAnonymous(place, Buffer.from('data'), times)
      expect(await backend.readTokens(place)).toBeUndefined()
      const turn = { attempt: newName(), seen: undefined, kept: undefined }
      expect(await backend.claimApiToken(place, turn, stage.now)).toEqual({ claim: 'mine', tokens: undefined })
      const [listed] = await backend.lookAt(place.tag, [place.name], stage.now)
      expect(listed).toEqual({ until: stage.now + IDLE, absolute: stage.now + HOUR, note: undefined })
    })

    it('takes the place of nobody who is signed in', async () => {
      const { place, small, user, until } = await signedIn()
      const times = { now: stage.now, idle: HOUR, absolute: stage.now + HOUR }
      expect(await backend.createAnonymous(place, Buffer.from('data'), times)).toBe(false)
      expect(await read(place)).toMatchObject({ until, small, user, appData: undefined })
    })

    it('is made once: a second time writes into it, and lets it live no longer', async () => {
      const place = { tag: newName(), name: newName() }
      const times = { now: stage.now, idle: IDLE, absolute: stage.now + HOUR }
      await backend.createAnonymous(place, Buffer.from('first'), times)
      await backend.createAnonymous(place, Buffer.from('second'), { ...times, now: stage.now + 1 })
      expect(await read(place)).toMatchObject({ until: stage.now + IDLE, appData: Buffer.from('second') })
    })

    it('takes no write after its time', async () => {
      const place = { tag: newName(), name: newName() }
      const times = { now: stage.now, idle: IDLE, absolute: stage.now + 60_000 }
      await backend.createAnonymous(place, Buffer.from('first'), times)
      expect(await backend.saveAppData(place, Buffer.from('late'), stage.now + 60_000)).toBe(false)
    })
  })

  describe('ending by sid', () => {
    it('BCL-3 ends the sessions of that sid and no other', async () => {
      const tag = newName()
      const sidName = newName()
      const first = await signedIn({ place: { tag, name: newName() }, sidName })
      const second = await signedIn({ place: { tag, name: newName() }, sidName })
      const other = await signedIn({ place: { tag, name: newName() }, sidName: newName() })
      expect(await endOfSid(backend, tag, sidName, HOUR, stage.now)).toEqual([first.note, second.note])
      expect(await Promise.all([first, second, other].map(stateOf))).toEqual(['none', 'none', 'live'])
      expect(await backend.namesOfSid(tag, { sidName, bar: HOUR })).toEqual([])
    })

    it('RACE-4 bars a sign-in of that sid at both of its steps', async () => {
      const tag = newName()
      const sidName = newName()
      expect(await backend.claimSid(sidName, tag, HOUR)).toBe(true)
      const claim = { slot: sidName, tokenName: newName(), attempt: 'one' }
      expect(await backend.claimSidLogout(claim, HOUR)).toEqual({ claim: 'mine', tags: [tag] })
      expect(await backend.claimSid(sidName, newName(), HOUR)).toBe(false)
      await endOfSid(backend, tag, sidName, HOUR, stage.now)
      const late = signInRecord({ now: stage.now, place: { tag, name: newName() }, sidName })
      expect(await backend.signIn(late)).toBeUndefined()
      expect(await stateOf(late)).toBe('none')
    })

    it('RACE-4 claims the sid with the sign-in, in one step where it can, and lets nobody in for one logged out', async () => {
      const sidName = newName()
      async function signIn(tag: string) {
        const place = { tag, name: newName() }
        const claimed = backend.crossesSlots() || (await backend.claimSid(sidName, tag, HOUR))
        const how = backend.crossesSlots() ? { claimSidFor: HOUR } : {}
        const record = signInRecord({ now: stage.now, place, sidName, ...how })
        return { record, result: claimed ? await backend.signIn(record) : undefined }
      }
      const tag = newName()
      expect((await signIn(tag)).result).toBeDefined()
      const claim = { slot: sidName, tokenName: newName(), attempt: 'one' }
      expect(await backend.claimSidLogout(claim, HOUR)).toEqual({ claim: 'mine', tags: [tag] })
      const late = await signIn(newName())
      expect(late.result).toBeUndefined()
      expect(await stateOf(late.record)).toBe('none')
      expect(await backend.tagsOfSid(sidName, HOUR)).toEqual([tag])
    })

    it('finds whose a sid is that was claimed before the sign-in', async () => {
      const [sidName, tag] = [newName(), newName()]
      await backend.claimSid(sidName, tag, HOUR)
      await signedIn({ place: { tag, name: newName() }, sidName })
      expect(await backend.tagsOfSid(sidName, HOUR)).toEqual([tag])
    })

    it('RACE-4 leaves a bar in force when it looks again without one', async () => {
      const [sidName, tag] = [newName(), newName()]
      const late = (sid: string | undefined) =>
        signInRecord({
          now: stage.now,
          place: { tag, name: newName() },
          sidName: sid,
          authTime: 999,
          oldestAuthTime: 0,
        })
      await backend.namesOfSid(tag, { sidName, bar: HOUR, withoutSidUpTo: 1_000 })
      await backend.namesOfSid(tag, { sidName, bar: HOUR })
      await backend.namesOfSid(tag, { sidName, bar: 0, withoutSidUpTo: 1_000 })
      for (const sid of [sidName, undefined]) expect(await backend.signIn(late(sid))).toBeUndefined()
    })

    it('BCL-3 ends those of the user that have no sid too, where that is asked for', async () => {
      const tag = newName()
      const sidName = newName()
      const at = (authTime: number) => ({ place: { tag, name: newName() }, authTime, oldestAuthTime: 0 })
      const [older, newer] = [await signedIn(at(1_000)), await signedIn(at(1_001))]
      expect(await backend.namesOfSid(tag, { sidName, bar: HOUR })).toEqual([])
      const names = await backend.namesOfSid(tag, { sidName, bar: HOUR, withoutSidUpTo: 1_000 })
      expect(names).toEqual([older.place.name])
      expect(await backend.endNamed(tag, { names, sidName }, 'back-channel', stage.now)).toEqual([older.note])
      expect([await stateOf(older), await stateOf(newer)]).toEqual(['none', 'live'])
      expect(await backend.namesOfSid(tag, { sidName, bar: HOUR, withoutSidUpTo: 1_000 })).toEqual([])
      expect(await backend.signIn(signInRecord({ now: stage.now, ...at(999) }))).toBeUndefined()
      await signedIn(at(1_000))
    })

    it('finds the tags of a sid that two users of two secrets had', async () => {
      const sidName = newName()
      const tags = [newName(), newName()]
      for (const tag of tags) await backend.claimSid(sidName, tag, HOUR)
      expect([...(await backend.tagsOfSid(sidName, HOUR))].sort()).toEqual([...tags].sort())
      expect(await backend.tagsOfSid(newName(), HOUR)).toEqual([])
      expect(await backend.claimSid(sidName, newName(), HOUR)).toBe(false)
    })
  })

  describe('ending by user', () => {
    it('BCL-2 ends all of them, and counts only those alive', async () => {
      const tag = newName()
      const records = []
      for (const until of [stage.now + IDLE, stage.now + IDLE, stage.now + 1]) {
        records.push(await signedIn({ place: { tag, name: newName() }, until }))
      }
      stage.now += 2
      expect(await endOfUser(backend, tag, {}, stage.now)).toHaveLength(2)
      expect(await Promise.all(records.map(stateOf))).toEqual(['none', 'none', 'none'])
    })

    it('RACE-5 spares a sign-in that is newer than the logout, and bars one that is older', async () => {
      const tag = newName()
      const at = (authTime: number) => ({ place: { tag, name: newName() }, authTime, oldestAuthTime: 0 })
      const older = await signedIn(at(1_000))
      const newer = await signedIn(at(1_001))
      await endOfUser(backend, tag, { upTo: 1_000, bar: HOUR }, stage.now)
      expect([await stateOf(older), await stateOf(newer)]).toEqual(['none', 'live'])
      // A second, older logout does not lower the bar.
      await endOfUser(backend, tag, { upTo: 10, bar: HOUR }, stage.now)
      expect(await backend.signIn(signInRecord({ now: stage.now, ...at(999) }))).toBeUndefined()
      await signedIn(at(1_001))
    })

    it('leaves the one alone that it is told to', async () => {
      const tag = newName()
      const kept = await signedIn({ place: { tag, name: newName() } })
      const other = await signedIn({ place: { tag, name: newName() } })
      await endOfUser(backend, tag, { except: kept.place.name }, stage.now)
      expect([await stateOf(kept), await stateOf(other)]).toEqual(['live', 'none'])
    })

    it('goes by batches, so that nothing holds the store up', async () => {
      const tag = newName()
      const count = 2 * BATCH + 50
      const names = Array.from({ length: count }, newName)
      await allSignedIn(tag, names)
      const batches: number[] = []
      while (batches.at(-1) !== 0) batches.push((await endOfUser(backend, tag, {}, stage.now)).length)
      expect(batches).toEqual([BATCH, BATCH, 50, 0])
    })

    it('tells a sign-in that is to be alone of a batch of the others, and that there may be more', async () => {
      const tag = newName()
      const names = Array.from({ length: BATCH + 1 }, newName)
      const sidName = newName()
      await allSignedIn(tag, names, { sidName })
      const record = signInRecord({ now: stage.now, place: { tag, name: newName() }, alone: true })
      const found = await backend.signIn(record)
      expect(found?.more).toBe(true)
      expect(found?.others.filter((name) => !names.includes(name))).toEqual([])
      expect((found?.others.length ?? 0) >= BATCH - 1).toBe(true)
      expect(await backend.namesOfSid(tag, { sidName, bar: 0 })).toHaveLength(BATCH)
    })

    it('tells a sign-in that is to be alone of the others in the same step, so that the later ends the earlier', async () => {
      const tag = newName()
      const places = [1, 2, 3].map(() => ({ tag, name: newName() }))
      const found = await Promise.all(
        places.map((place) => backend.signIn(signInRecord({ now: stage.now, place, alone: true }))),
      )
      const counts = found.map((signedIn) => signedIn?.others.length)
      expect([counts.sort(), found.map((signedIn) => signedIn?.more)]).toEqual([
        [0, 1, 2],
        [false, false, false],
      ])
      const last = found.findIndex((signedIn) => signedIn?.others.length === 2)
      await backend.endNamed(tag, { names: found[last]?.others ?? [] }, 'replaced', stage.now)
      const states = await Promise.all(places.map((place) => stateOf({ place })))
      expect(states).toEqual(places.map((_place, at) => (at === last ? 'live' : 'none')))
    })

    it('tells a sign-in of those before the oldest that may live, and of no other', async () => {
      const tag = newName()
      const at = (authTime: number) => ({ place: { tag, name: newName() }, authTime, oldestAuthTime: 0 })
      const [before] = [await signedIn(at(49)), await signedIn(at(50)), await signedIn(at(51))]
      const record = signInRecord({ now: stage.now, ...at(100), oldestAuthTime: 50 })
      expect(await backend.signIn(record)).toMatchObject({ older: [before.place.name] })
    })

    it('FIELD-9, BCL-28 forgets sign-ins that have no session any more, and none that has one, however old', async () => {
      const tag = newName()
      const gone = await signedIn({ place: { tag, name: newName() }, authTime: 10, until: stage.now + 1 })
      const alive = await signedIn({ place: { tag, name: newName() }, authTime: 20 })
      const record = signInRecord({ place: { tag, name: newName() }, authTime: 100, oldestAuthTime: 50 })
      const older = [gone.place.name, alive.place.name]
      stage.now += 1
      // The server's own clock lets it go.
      await delay(5)
      expect(await backend.signIn(record)).toMatchObject({ older })
      await backend.forgetGone(tag, older)
      expect(await backend.namesOfUser(tag, { upTo: 50 })).toEqual([alive.place.name])
    })
  })

  describe('a logout token', () => {
    it.each(['claimSidLogout', 'claimSubLogout'] as const)('BCL-15 is carried out once (%s)', async (operation) => {
      const claim = { slot: newName(), tokenName: newName(), attempt: 'one' }
      const attempt = (name: string) => backend[operation]({ ...claim, attempt: name }, HOUR)
      expect(await attempt('one')).toEqual({ claim: 'mine', tags: [] })
      expect(await attempt('two')).toMatchObject({ claim: 'pending' })
      await backend.settleClaim(claim, HOUR)
      expect(await attempt('three')).toMatchObject({ claim: 'done' })
      await backend.dropClaim({ ...claim, attempt: 'three' })
      expect(await attempt('four')).toMatchObject({ claim: 'done' })
    })

    it('BCL-15 is done with the sessions that it ends, in one step where it can', async () => {
      const { place } = await signedIn()
      for (const slot of backend.crossesSlots() ? [place.tag, newName()] : [place.tag]) {
        const claim = { slot, tokenName: newName(), attempt: 'one' }
        const which = { names: [place.name], settle: { claim, lifetime: HOUR } }
        await backend.endNamed(place.tag, which, 'back-channel', stage.now)
        expect(await backend.claimSubLogout(claim)).toMatchObject({ claim: 'done' })
      }
      expect(await stateOf({ place })).toBe('none')
    })

    it('BCL-17 is free again when its attempt gives up, and only then', async () => {
      const claim = { slot: newName(), tokenName: newName(), attempt: 'one' }
      await backend.claimSubLogout(claim)
      await backend.dropClaim({ ...claim, attempt: 'another' })
      expect(await backend.claimSubLogout({ ...claim, attempt: 'two' })).toMatchObject({ claim: 'pending' })
      await backend.dropClaim(claim)
      expect(await backend.claimSubLogout({ ...claim, attempt: 'two' })).toMatchObject({ claim: 'mine' })
    })
  })

  describe('a sign-in under way', () => {
    it('CB-9 is taken once; others wait, and are told what the first was told', async () => {
      const slot = newName()
      await backend.rememberPending(slot, Buffer.from('record'), Buffer.from('data'))
      expect(await backend.takePending(slot)).toEqual({
        found: 'record',
        record: Buffer.from('record'),
        appData: Buffer.from('data'),
      })
      expect(await backend.takePending(slot)).toEqual({ found: 'running' })
      await backend.settlePending({ slot, outcome: Buffer.from('outcome') })
      expect(await backend.takePending(slot)).toEqual({ found: 'outcome', outcome: Buffer.from('outcome') })
    })

    it('CB-9 is answered with the session, in one step where it can, or not at all', async () => {
      async function takenAfter(change: Partial<SignInRecord>): Promise<TakenRecord> {
        const slot = newName()
        await backend.rememberPending(slot, Buffer.from('record'), undefined)
        await backend.takePending(slot)
        const settled = { slot, outcome: Buffer.from('outcome') }
        const record = signInRecord({
          now: stage.now,
          ...change,
          ...(backend.crossesSlots() ? { outcome: settled } : {}),
        })
        const result = await backend.signIn(record)
        if (result !== undefined && !backend.crossesSlots()) await backend.settlePending(settled)
        return backend.takePending(slot)
      }
      const told = { found: 'outcome', outcome: Buffer.from('outcome') }
      const claimed = backend.crossesSlots() ? { claimSidFor: HOUR } : {}
      const sidName = newName()
      expect(await takenAfter({ sidName, ...claimed })).toEqual(told)
      expect(await takenAfter({ sidName: undefined })).toEqual(told)
      const tag = newName()
      await endOfUser(backend, tag, { upTo: 2_000, bar: HOUR }, stage.now)
      const barred = { place: { tag, name: newName() }, authTime: 1_000, oldestAuthTime: 0 }
      expect(await takenAfter(barred)).toEqual({ found: 'running' })
      await backend.claimSidLogout({ slot: sidName, tokenName: newName(), attempt: 'one' }, HOUR)
      if (backend.crossesSlots()) expect(await takenAfter({ sidName, ...claimed })).toEqual({ found: 'running' })
    })

    it('FIELD-8 is taken once, for as long as it is good, when its browser carries it', async () => {
      const slot = newName()
      expect(await backend.takeCarried(slot)).toEqual({ found: 'mine' })
      expect(await backend.takeCarried(slot)).toEqual({ found: 'running' })
      await backend.settlePending({ slot, outcome: Buffer.from('outcome') })
      expect(await backend.takeCarried(slot)).toEqual({ found: 'outcome', outcome: Buffer.from('outcome') })
      const other = newName()
      const taken = await Promise.all(Array.from({ length: 8 }, () => backend.takeCarried(other)))
      expect(taken.filter(({ found }) => found === 'mine')).toHaveLength(1)
    })

    it('is nothing when it never was, or was forgotten', async () => {
      const slot = newName()
      expect(await backend.takePending(slot)).toEqual({ found: 'nothing' })
      await backend.rememberPending(slot, Buffer.from('record'), undefined)
      await backend.forgetPending([slot])
      expect(await backend.takePending(slot)).toEqual({ found: 'nothing' })
    })
  })

  describe('a look at the sessions of a user', () => {
    it('names them, newest sign-in first, and tells when each ends without sliding it', async () => {
      const tag = newName()
      const older = await signedIn({ place: { tag, name: newName() }, authTime: 1_000, oldestAuthTime: 0 })
      const newer = await signedIn({ place: { tag, name: newName() }, authTime: 2_000, oldestAuthTime: 0 })
      const names = [newer.place.name, older.place.name]
      expect(await backend.namesListed(tag)).toEqual(names)
      const told = [newer, older].map(({ until, absolute, note }) => ({ until, absolute, note }))
      expect(await backend.lookAt(tag, names, stage.now)).toEqual(told)
      stage.now = Math.min(older.until, older.absolute) - 1
      expect(await backend.lookAt(tag, names, stage.now)).toEqual(told)
      stage.now += 1
      expect(await backend.lookAt(tag, names, stage.now)).toEqual([undefined, undefined])
    })

    it('sees nothing of what has ended, never was, or is of another user', async () => {
      const { place } = await signedIn()
      await backend.end(place, 'sign-out', stage.now)
      expect(await backend.namesListed(place.tag)).toEqual([])
      expect(await backend.lookAt(place.tag, [place.name, newName()], stage.now)).toEqual([undefined, undefined])
      expect(await backend.namesListed(newName())).toEqual([])
      expect(await backend.lookAt(place.tag, [], stage.now)).toEqual([])
    })
  })

  it('is healthy', () => {
    expect(backend.health()).toMatchObject({ status: 'ok' })
  })
}

function isBusy(claimed: unknown): boolean {
  return isDeepStrictEqual(claimed, { claim: 'busy' })
}
