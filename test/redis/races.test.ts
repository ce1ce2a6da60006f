/** Flows that meet in one session, in every order of their commands. */
import { Redis } from 'ioredis'

import type { Backend } from '../../src/session/backend.js'
import { Jar } from '../schedule/browser.js'
import type { Operation } from '../schedule/backend.js'
import { everyInterleaving, inWorlds, PAIRS, turnsClock, type Pair } from '../schedule/pairs.js'
import type { Where } from '../schedule/settings.js'
import { World } from '../schedule/world.js'
import { openSharedRedis, type SharedRedis } from '../support/redis/shared-redis.js'

/** Keys of one sign-in or one token alone, whose order cannot matter: `npm run test:long` orders them too. */
const FREE = new Set<Operation>(['takePending', 'settlePending', 'settleClaim'])
const WORLDS = 6
/**
 * Every third pair of those that wait for nobody (a duplicate callback polls for the first); `npm run test:long` runs
 * all of them, in every order.
 */
const SOME = PAIRS.filter((pair) => !pair.includes('duplicate')).filter((_pair, index) => index % 3 === 0)

describe('sessions under every interleaving of two flows', () => {
  let redis: Redis
  let shared: SharedRedis

  beforeAll(async () => {
    redis = new Redis(process.env.REDIS_URL ?? '')
    shared = await openSharedRedis()
  })

  afterAll(async () => {
    redis.disconnect()
    await shared.stop()
  })

  async function run(where: Where, sabotage?: (backend: Backend) => Backend, pairs: readonly Pair[] = SOME) {
    const worlds = Array.from({ length: WORLDS }, (_, index) => {
      const prefix = `races-${process.pid}-${index}:`
      return new World({
        where,
        prefix,
        onePerUser: false,
        free: FREE,
        ...(sabotage === undefined ? {} : { sabotage }),
      })
    })
    const results = await inWorlds(worlds, pairs, (world, pair) => everyInterleaving(world, pair))
    await Promise.all(worlds.map((world) => world.close()))
    return {
      schedules: results.reduce((sum, { schedules }) => sum + schedules, 0),
      violations: results.flatMap(({ violations }) => violations),
      // The server's own lifetimes forget what the memory of a process still has; both are right.
      outcomes: results.filter(({ pair }) => !turnsClock(pair)).map(({ pair, outcomes }) => ({ pair, outcomes })),
    }
  }

  it('RACE-1 to RACE-17, BCL-31 no session revives, crosses over, is lost or stays, in Redis and in memory alike', async () => {
    const inRedis = await run({ redis, url: shared.url })
    expect(inRedis.violations).toEqual([])
    expect(inRedis.schedules).toBeGreaterThan(900)
    const inMemory = await run('memory')
    expect(inMemory.violations).toEqual([])
    expect(inMemory.outcomes).toEqual(inRedis.outcomes)
  }, 300_000)

  // A key without a lifetime was left behind, and a browser that signed in again and again.
  it('TMO-3 a sign-in whose authentication is older than a session may last is refused, and leaves nothing', async () => {
    const world = new World({
      where: { redis, url: shared.url },
      prefix: `races-${process.pid}-old:`,
      onePerUser: false,
    })
    // They have looked at the server, and taken away what that made.
    await Promise.all(world.instances.map((instance) => instance.ready()))
    await world.reset()
    const jar = new Jar()
    const visit = await world.open(jar, world.instances[0])
    const old = world.intend({ sub: '555000000001', sid: 'sid', role: 'R1', authTime: world.seconds - 43_200 })
    await expect(world.instances[0].start(visit.req, visit.res, old)).rejects.toMatchObject({ reason: 'auth-time' })
    await world.answer(visit, jar)
    expect(await world.reset()).toEqual([])
    await world.close()
  })

  // Each takes one rule out of the store: were none of these seen, the test above would prove nothing.
  it.each<[string, Pair, RegExp, (backend: Backend) => Partial<Backend>]>([
    [
      'an end is not carried out',
      ['signOut', 'read'],
      /^alive after sign-out/,
      () => ({ end: () => Promise.resolve({ ended: true, note: undefined }) }),
    ],
    [
      'a logout bars no sign-in under way',
      ['stepUp', 'logoutNewSid'],
      /^alive after logout by the sid/,
      (backend) => ({
        namesOfSid: (tag, which) => backend.namesOfSid(tag, { ...which, bar: 0 }),
      }),
    ],
    [
      'a logout by sub bars no sign-in under way',
      ['stepUp', 'logoutSubAfter'],
      /^alive after logout by sub/,
      (backend) => ({
        namesOfUser: (tag, { bar: _bar, ...which }) => backend.namesOfUser(tag, which),
      }),
    ],
    [
      'an older logout by sub ends a newer sign-in',
      ['stepUp', 'logoutSubBefore'],
      /^(I3 an acknowledged|a sign-in was refused)/,
      (backend) => ({
        namesOfUser: (tag, which) => backend.namesOfUser(tag, { ...which, upTo: Infinity }),
      }),
    ],
    [
      'a slide is not taken back',
      ['read', 'unslide'],
      /^the idle deadline is not/,
      () => ({ unslide: () => Promise.resolve() }),
    ],
    [
      'a pending sign-in is handed out twice',
      ['stepUp', 'duplicate'],
      /^CB-9/,
      (backend) => ({ takePending: takenAgain(backend) }),
    ],
    [
      'a session lives past its time',
      ['read', 'idle'],
      /^alive after its idle time/,
      (backend) => ({ read: (place, times) => backend.read(place, { ...times, now: times.now - 600_000 }) }),
    ],
    [
      'a list leaves out one that lives',
      ['read', 'read'],
      /^a live session is not in the list/,
      () => ({ namesListed: () => Promise.resolve([]) }),
    ],
    [
      'a list has one whose time is over',
      ['read', 'idle'],
      /^a list of sessions has one that has ended/,
      (backend) => ({ lookAt: (tag, names, now) => backend.lookAt(tag, names, now - 600_000) }),
    ],
    [
      'a list has one that never was',
      ['read', 'signOut'],
      /^a list of sessions has one that has ended/,
      () => ({
        namesListed: () => Promise.resolve(['anything']),
        lookAt: () => Promise.resolve([{ until: Infinity, absolute: Infinity, note: undefined }]),
      }),
    ],
  ])('notices when %s', async (_what, pair, seen, broken) => {
    const { violations } = await run('memory', (backend) => ({ ...backend, ...broken(backend) }), [pair])
    expect(violations).toContainEqual(expect.stringMatching(seen))
  })
})

function takenAgain(backend: Backend): Backend['takePending'] {
  return async (slot) => {
    const taken = await backend.takePending(slot)
    if (taken.found === 'record') await backend.rememberPending(slot, taken.record, taken.appData)
    return taken.found === 'running' ? { found: 'nothing' } : taken
  }
}
