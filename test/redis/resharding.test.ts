import type { Cluster } from 'ioredis'

import { createRedisBackend } from '../../src/session/redis/backend.js'
import type { Backend, Place } from '../../src/session/backend.js'
import { endOfSid, endOfUser } from '../support/redis/backends.js'
import { startCluster, type ClusterSetup } from '../support/redis/redis-topologies.js'
import { ownerOf, slotMove, type SlotMove } from '../support/redis/topology-reshard.js'

describe('RED-8 a slot that is being moved to another node of a Cluster', () => {
  const now = Date.UTC(2026, 0, 5, 9)
  let setup: ClusterSetup
  let client: Cluster
  let backend: Backend

  beforeAll(async () => {
    setup = await startCluster({ primaries: 3, replicas: false })
    client = setup.connect()
    client.on('error', () => {})
    backend = createRedisBackend({
      session: {
        secrets: ['unused'],
        redis: client,
        redisCredentials: undefined,
        idleTimeoutSeconds: 900,
        absoluteTimeoutSeconds: 43_200,
        onePerUser: false,
        confirmReplicas: 'off',
        cookieName: 'session',
        signInCookiePrefix: 'sign-in',
        keyPrefix: 'move:',
      },
      clock: () => now,
      emit: () => {},
    })
    await backend.ready()
  }, 30_000)

  afterAll(async () => {
    await backend.close()
    client.disconnect()
    await setup.stop()
  })

  async function signIn(place: Place): Promise<void> {
    const field = Buffer.from('x')
    await backend.signIn({
      place,
      now,
      until: now + 900_000,
      absolute: now + 43_200_000,
      small: field,
      user: field,
      tokens: field,
      appData: undefined,
      note: field,
      sidName: 'sid',
      authTime: 1,
      alone: false,
      oldestAuthTime: 0,
    })
  }

  async function moveOf(key: string): Promise<SlotMove> {
    const { slot, owner } = await ownerOf(key, setup.primaries)
    const others = setup.primaries.filter((node) => node !== owner)
    const [to, ...rest] = others
    if (to === undefined) throw new Error('one node only')
    return slotMove(slot, owner, to, rest)
  }

  // The node to which the index has gone ahead cannot see the sessions that it lists: ending them there would end nothing.
  it.each<[string, string, (tag: string) => Promise<unknown>]>([
    ['user', 'u', (tag) => endOfUser(backend, tag, { upTo: 1, bar: 43_200_000 }, now)],
    ['sid', 'i:sid', (tag) => endOfSid(backend, tag, 'sid', 43_200_000, now)],
  ])('I2 does not say that sessions of a %s have ended before it can end them', async (by, index, end) => {
    const tag = `tag-of-${by}`
    const place = { tag, name: 'name' }
    await signIn(place)
    const move = await moveOf(`move:{${tag}}:u`)
    await move.begin()
    await move.move([`move:{${tag}}:${index}`])
    await expect(end(tag)).rejects.toMatchObject({ code: 'CIS2_STORE_UNAVAILABLE' })
    expect(backend.health().status).not.toBe('down')
    await move.move()
    await move.finish()
    expect(await backend.read(place, { now, idle: 0 })).toMatchObject({ state: 'live' })
    await end(tag)
    expect(await backend.read(place, { now, idle: 0 })).toMatchObject({ state: 'none', reason: 'back-channel' })
  })

  it('makes no session whose keys lie on two nodes', async () => {
    const place = { tag: 'tag-of-a-sign-in', name: 'name' }
    const move = await moveOf(`move:{${place.tag}}:u`)
    await signIn({ ...place, name: 'earlier' })
    await move.begin()
    await expect(signIn(place)).rejects.toMatchObject({ code: 'CIS2_STORE_UNAVAILABLE' })
    await move.move()
    await move.finish()
    await signIn(place)
    expect(await backend.read(place, { now, idle: 0 })).toMatchObject({ state: 'live' })
  })
})
