/** What only a clock that is set by hand can show; the promises that both stores keep are in `test/redis/`. */
import { API_TOKEN_TURN } from '../../../../src/session/api-token-store.js'
import {
  CARRIED_REMEMBERED,
  CLAIM_PENDING,
  MOST_DEADLINES,
  MOST_LISTED,
  OUTCOME_LIFETIME,
  PENDING_LIFETIME,
  REASON_KEPT,
  RUNNING_LIFETIME,
  SETTLED_AFTER,
} from '../../../../src/session/backend.js'
import type { Place, SignInRecord } from '../../../../src/session/backend.js'
import { createMemoryBackend } from '../../../../src/session/memory/backend.js'
import { newName, signInRecord } from '../../../support/redis/backends.js'

const NOW = 1_700_000_000_500
const IDLE = 900_000
const HOUR = 3_600_000

function stage() {
  const clock = { now: NOW }
  const backend = createMemoryBackend(() => clock.now)

  async function signedIn(change: Partial<SignInRecord> = {}): Promise<SignInRecord> {
    const record = signInRecord({ now: clock.now, ...change })
    expect(await backend.signIn(record)).toBeDefined()
    return record
  }

  /** Whether a sign-in is let in. */
  async function letsIn(change: Partial<SignInRecord>): Promise<boolean> {
    return (await backend.signIn(signInRecord({ now: clock.now, ...change }))) !== undefined
  }

  const read = (place: Place, idle = 0) => backend.read(place, { now: clock.now, idle })
  return { clock, backend, signedIn, letsIn, read }
}

const newPlace = (tag = newName()): Place => ({ tag, name: newName() })

describe('a session in memory', () => {
  it('ends for a reason that is told for ten minutes, and stays ended as long', async () => {
    const { clock, backend, signedIn, read, letsIn } = stage()
    const { place } = await signedIn()
    await backend.end(place, 'sign-out', NOW)
    clock.now = NOW + REASON_KEPT - 1
    expect(await read(place)).toMatchObject({ reason: 'sign-out' })
    expect(await letsIn({ place })).toBe(false)
    clock.now = NOW + REASON_KEPT
    expect(await read(place)).toEqual({ state: 'none', reason: undefined, note: undefined })
    expect(await letsIn({ place })).toBe(true)
  })

  it('is told of by the clock of whoever asks', async () => {
    const { backend, signedIn } = stage()
    const { place } = await signedIn()
    await backend.end(place, 'sign-out', NOW)
    const readAt = (now: number) => backend.read(place, { now, idle: 0 })
    expect(await readAt(NOW + REASON_KEPT - 1)).toMatchObject({ reason: 'sign-out' })
    expect(await readAt(NOW + REASON_KEPT)).toMatchObject({ reason: undefined })
  })

  it('lives for as long as somebody comes, and is known for ten minutes after', async () => {
    const { clock, signedIn, read } = stage()
    const { place } = await signedIn()
    for (let time = 0; time < 4; time++) {
      clock.now += IDLE - 1
      expect(await read(place, IDLE)).toMatchObject({ state: 'live' })
    }
    clock.now += IDLE + REASON_KEPT - 1
    expect(await read(place)).toMatchObject({ state: 'none', reason: 'idle' })
  })

  it('that is ended before it was made is not made', async () => {
    const { backend, letsIn, read } = stage()
    const place = newPlace()
    expect(await backend.end(place, 'sign-out', NOW)).toEqual({ ended: false, note: undefined })
    expect(await letsIn({ place })).toBe(false)
    expect(await read(place)).toMatchObject({ state: 'none', reason: 'sign-out' })
  })

  it('ends for no reason that is told when its record could not be read', async () => {
    const { backend, signedIn, read } = stage()
    const { place, note } = await signedIn()
    expect(await backend.end(place, 'unreadable', NOW)).toEqual({ ended: true, note })
    expect(await read(place)).toEqual({ state: 'none', reason: undefined, note: undefined })
  })

  it('is over by its absolute end, told once with its note, however late somebody comes', async () => {
    const { clock, signedIn, read, backend } = stage()
    const { place, note } = await signedIn({ until: NOW + IDLE, absolute: NOW + IDLE })
    clock.now = NOW + IDLE + REASON_KEPT - 1
    expect(await read(place)).toEqual({ state: 'none', reason: 'absolute', note })
    const another = await signedIn({ absolute: clock.now + 10 })
    clock.now += 10
    await backend.end(another.place, 'sign-out', clock.now)
    expect(await read(another.place)).toEqual({ state: 'none', reason: 'absolute', note: another.note })
    expect(await read(another.place)).toEqual({ state: 'none', reason: 'absolute', note: undefined })
  })

  it('may be made anonymous no longer than its absolute end', async () => {
    const { clock, backend, read } = stage()
    const place = newPlace()
    await backend.createAnonymous(place, Buffer.from('data'), { now: NOW, idle: IDLE, absolute: NOW + 10 })
    clock.now = NOW + 9
    expect(await read(place, IDLE)).toMatchObject({ state: 'live', until: NOW + 10, granted: NOW + 10 })
    clock.now = NOW + 10
    expect(await read(place)).toMatchObject({ reason: 'absolute' })
  })

  it('lets nobody take back a deadline that has stood for five seconds while later ones were granted', async () => {
    const { clock, backend, signedIn, read } = stage()
    const { place, until } = await signedIn()
    const granted: number[] = []
    for (const after of [1, 2, 2 + SETTLED_AFTER]) {
      clock.now = NOW + after
      await read(place, IDLE)
      granted.push(clock.now + IDLE)
    }
    // The second is settled by now; the first was forgotten for it.
    for (const deadline of [...granted].reverse()) await backend.unslide(place, deadline, clock.now)
    expect(await read(place)).toMatchObject({ until: until + 2 })
  })

  it('keeps some deadlines of many, the settled one among them', async () => {
    const { clock, backend, signedIn, read } = stage()
    const { place, until } = await signedIn()
    const granted: number[] = []
    for (let each = 1; each <= MOST_DEADLINES + 5; each++) {
      clock.now = NOW + each
      await read(place, IDLE)
      granted.push(clock.now + IDLE)
    }
    for (const deadline of granted.slice(6).reverse()) await backend.unslide(place, deadline, clock.now)
    // All that were kept are taken back but the settled one.
    expect(await read(place)).toMatchObject({ until })
  })

  it('keeps a deadline that is settled once', async () => {
    const { clock, backend, signedIn, read } = stage()
    const { place, until } = await signedIn()
    const moments = Array.from({ length: MOST_DEADLINES - 1 }, (_, each) => each + 1)
    for (const after of [...moments, SETTLED_AFTER]) {
      clock.now = NOW + after
      await read(place, IDLE)
    }
    const others = [SETTLED_AFTER, ...moments.slice(1).reverse()]
    for (const after of others) await backend.unslide(place, until + after, clock.now)
    // The first moment made room for the last.
    expect(await read(place)).toMatchObject({ until })
  })
})

describe('a logout in memory', () => {
  it('BCL-15 leaves a token that nobody finished free after 2.5 seconds, and a done one when it has ended itself', async () => {
    const { clock, backend } = stage()
    const claim = { slot: newName(), tokenName: newName(), attempt: 'one' }
    const another = () => backend.claimSubLogout({ ...claim, attempt: 'another' })
    await backend.claimSubLogout(claim)
    clock.now = NOW + CLAIM_PENDING - 1
    expect(await another()).toEqual({ claim: 'pending' })
    clock.now = NOW + CLAIM_PENDING
    expect(await another()).toEqual({ claim: 'mine', tags: [] })
    await backend.settleClaim(claim, HOUR)
    clock.now += HOUR - 1
    expect(await another()).toEqual({ claim: 'done' })
    clock.now += 1
    expect(await another()).toEqual({ claim: 'mine', tags: [] })
  })

  it('BCL-15 is one use of each token, whichever sid or user it names', async () => {
    const { backend } = stage()
    const claim = { slot: 'a', tokenName: 'b', attempt: 'one' }
    for (const other of [claim, { ...claim, slot: 'c' }, { ...claim, tokenName: 'c' }]) {
      expect(await backend.claimSidLogout(other, HOUR)).toMatchObject({ claim: 'mine' })
      expect(await backend.claimSidLogout(other, HOUR)).toEqual({ claim: 'pending' })
    }
  })

  it('is done for as long as it was said with the sessions that it ends', async () => {
    const { clock, backend, signedIn } = stage()
    const { place } = await signedIn()
    const claim = { slot: place.tag, tokenName: newName(), attempt: 'one' }
    const settle = { claim, lifetime: HOUR }
    await backend.endNamed(place.tag, { names: [place.name], settle }, 'back-channel', NOW)
    clock.now = NOW + HOUR - 1
    expect(await backend.claimSubLogout(claim)).toEqual({ claim: 'done' })
    clock.now = NOW + HOUR
    expect(await backend.claimSubLogout(claim)).toMatchObject({ claim: 'mine' })
  })

  it('RACE-4 bars a sid for as long as it was said, for that user alone', async () => {
    const { clock, backend, letsIn } = stage()
    const [tag, sidName] = [newName(), newName()]
    const late = () => letsIn({ place: newPlace(tag), sidName })
    expect(await backend.namesOfSid(tag, { sidName, bar: 0 })).toEqual([])
    expect(await late()).toBe(true)
    await backend.namesOfSid(tag, { sidName, bar: HOUR })
    expect(await late()).toBe(false)
    expect(await letsIn({ place: newPlace(), sidName })).toBe(true)
    expect(await letsIn({ place: newPlace(tag), sidName: newName() })).toBe(true)
    expect(await letsIn({ place: newPlace(tag) })).toBe(true)
    clock.now = NOW + HOUR - 1
    expect(await late()).toBe(false)
    clock.now = NOW + HOUR
    expect(await late()).toBe(true)
  })

  it('RACE-4 bars at the step that claims a sid for as long as it was said', async () => {
    const { clock, backend } = stage()
    const [tag, sidName] = [newName(), newName()]
    await backend.claimSid(sidName, tag, HOUR)
    clock.now = NOW + HOUR - 1
    expect(await backend.tagsOfSid(sidName, HOUR)).toEqual([tag])
    clock.now += HOUR - 1
    expect(await backend.claimSid(sidName, tag, 1)).toBe(false)
    expect(await backend.tagsOfSid(sidName, 1)).toEqual([tag])
    clock.now += 1
    expect(await backend.claimSid(sidName, tag, 1)).toBe(true)
  })

  it('ends sessions without a sid that began up to then, and bars such sign-ins', async () => {
    const { clock, backend, signedIn, letsIn } = stage()
    const tag = newName()
    const at = (authTime: number, sidName?: string) => ({ place: newPlace(tag), authTime, sidName, oldestAuthTime: 0 })
    const [older, newer] = [await signedIn(at(1_000)), await signedIn(at(1_001))]
    const sidName = newName()
    const other = await signedIn(at(1_000, newName()))
    const own = await signedIn(at(1_000, sidName))
    const named = await backend.namesOfSid(tag, { sidName, bar: HOUR, withoutSidUpTo: 1_000 })
    expect(named).toEqual([own.place.name, older.place.name])
    expect(named).not.toContain(newer.place.name)
    expect(await letsIn(at(999))).toBe(false)
    expect(await letsIn(at(1_000))).toBe(true)
    expect(await letsIn(at(999, newName()))).toBe(true)
    // A second, older logout does not lower the bar.
    await backend.namesOfSid(tag, { sidName, bar: HOUR, withoutSidUpTo: 10 })
    expect(await letsIn(at(999))).toBe(false)
    await backend.endNamed(tag, { names: named, sidName }, 'back-channel', NOW)
    expect(await backend.namesOfSid(tag, { sidName, bar: 0, withoutSidUpTo: 999 })).toEqual([])
    expect(await backend.namesOfUser(tag, {})).toContain(other.place.name)
    clock.now = NOW + HOUR
    expect(await letsIn(at(999))).toBe(true)
  })

  it('RACE-5 bars a user for as long as it was said, and not where nothing was said', async () => {
    const { clock, backend, letsIn } = stage()
    const tag = newName()
    const at = (authTime: number) => ({ place: newPlace(tag), authTime, oldestAuthTime: 0 })
    await backend.namesOfUser(tag, { upTo: 1_000 })
    expect(await letsIn(at(999))).toBe(true)
    await backend.namesOfUser(tag, { upTo: 1_000, bar: HOUR })
    expect(await letsIn({ ...at(999), sidName: newName() })).toBe(false)
    expect([await letsIn(at(999)), await letsIn(at(1_000))]).toEqual([false, true])
    clock.now = NOW + HOUR
    expect(await letsIn(at(999))).toBe(true)
  })
})

describe('a sign-in under way in memory', () => {
  it('is forgotten after ten minutes', async () => {
    const { clock, backend } = stage()
    await backend.rememberPending('a', Buffer.from('record'), undefined)
    await backend.rememberPending('b', Buffer.from('record'), undefined)
    clock.now = NOW + PENDING_LIFETIME - 1
    expect(await backend.takePending('a')).toEqual({
      found: 'record',
      record: Buffer.from('record'),
      appData: undefined,
    })
    clock.now = NOW + PENDING_LIFETIME
    expect(await backend.takePending('b')).toEqual({ found: 'nothing' })
  })

  it('lets duplicates wait for fifteen seconds, and be told for a minute', async () => {
    const { clock, backend } = stage()
    await backend.rememberPending('a', Buffer.from('record'), undefined)
    await backend.takePending('a')
    clock.now = NOW + RUNNING_LIFETIME - 1
    expect(await backend.takePending('a')).toEqual({ found: 'running' })
    clock.now = NOW + RUNNING_LIFETIME
    expect(await backend.takePending('a')).toEqual({ found: 'nothing' })
    await backend.settlePending({ slot: 'a', outcome: Buffer.from('outcome') })
    clock.now += OUTCOME_LIFETIME - 1
    expect(await backend.takePending('a')).toMatchObject({ found: 'outcome' })
    clock.now += 1
    expect(await backend.takePending('a')).toEqual({ found: 'nothing' })
  })

  it('FIELD-8 that its browser carries is taken once for longer than it is good', async () => {
    const { clock, backend } = stage()
    await backend.takeCarried('a')
    clock.now = NOW + RUNNING_LIFETIME - 1
    expect(await backend.takeCarried('a')).toEqual({ found: 'running' })
    clock.now = NOW + RUNNING_LIFETIME
    expect(await backend.takeCarried('a')).toEqual({ found: 'nothing' })
    clock.now = NOW + CARRIED_REMEMBERED - 1
    expect(await backend.takeCarried('a')).toEqual({ found: 'nothing' })
    clock.now = NOW + CARRIED_REMEMBERED
    expect(await backend.takeCarried('a')).toEqual({ found: 'mine' })
  })
})

describe('a token for NHS APIs in memory', () => {
  it('gives one turn for as long as nobody goes on with it', async () => {
    const { clock, backend, signedIn } = stage()
    const { place } = await signedIn()
    const claimBy = (attempt: string) =>
      backend.claimApiToken(place, { attempt, seen: undefined, kept: undefined }, clock.now)
    await claimBy('one')
    clock.now = NOW + API_TOKEN_TURN - 1
    await backend.prolongApiToken(place, 'another')
    await backend.prolongApiToken(place, 'one')
    clock.now += API_TOKEN_TURN - 1
    expect(await claimBy('two')).toEqual({ claim: 'busy' })
    clock.now += 1
    await backend.prolongApiToken(place, 'one')
    expect(await claimBy('two')).toMatchObject({ claim: 'mine' })
    clock.now += API_TOKEN_TURN - 1
    await backend.prolongApiToken(place, 'one')
    clock.now += 1
    expect(await claimBy('three')).toMatchObject({ claim: 'mine' })
  })
})

describe('sessions of a user in memory', () => {
  it('are listed up to a thousand, the newest', async () => {
    const { backend, signedIn } = stage()
    const tag = newName()
    const names: string[] = []
    for (let each = 0; each <= MOST_LISTED; each++) {
      const { place } = await signedIn({ place: newPlace(tag), authTime: 1_000 + each, oldestAuthTime: 0 })
      names.unshift(place.name)
    }
    expect(await backend.namesListed(tag)).toEqual(names.slice(0, MOST_LISTED))
  })
})

it('the store in memory is ready, healthy since it began, and has nothing to close', async () => {
  const { backend } = stage()
  await expect(backend.ready()).resolves.toBeUndefined()
  await expect(backend.close()).resolves.toBeUndefined()
  expect(backend.health()).toEqual({ status: 'ok', since: 1_700_000_000 })
  expect(await backend.hear(0)).toEqual({ newest: 0, names: [] })
})
