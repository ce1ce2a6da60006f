import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

import { AbstractConnector, Cluster, Redis } from 'ioredis'

import { checkRedis } from '../../../src/cli/doctor/check-redis.js'
import type { Finding } from '../../../src/cli/doctor/findings.js'
import type { Cis2Options, SessionOptions } from '../../../src/options/cis2-options.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { healthyOptions, SESSION_SECRET } from '../../support/commands/doctor-case.js'
import { startOwnRedis, type OwnRedis } from './support/own-redis.js'

function findingsFor(session: Partial<SessionOptions>, options: Partial<Cis2Options> = {}): Promise<Finding[]> {
  const base = { secret: SESSION_SECRET, redis: undefined, confirmReplicas: 'off' } as const
  return checkRedis(parseOptions(healthyOptions({ ...options, session: { ...base, ...session } })))
}

function outcomes(findings: readonly Finding[]): string[] {
  return findings.map(({ check, outcome }) => `${check}: ${outcome}`)
}

function faulty(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ outcome }) => outcome !== 'ok')
}

describe('checkRedis', () => {
  let own: OwnRedis

  beforeAll(async () => {
    own = await startOwnRedis('--repl-diskless-sync-delay', '0')
  })
  afterAll(() => own.stop())

  afterEach(async () => {
    await own.admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0', 'min-replicas-to-write', '0')
    await own.admin.flushall()
  })

  it('finds nothing wrong with a Redis that is fit, and leaves nothing in it', async () => {
    const findings = await findingsFor({ redis: own.url })
    expect(outcomes(findings)).toEqual(['redis: ok', 'redis-version: ok', 'redis-eviction: ok', 'redis-writing: ok'])
    expect(await own.admin.dbsize()).toBe(0)
  })

  it('examines a client that is handed in, and leaves it open', async () => {
    const client = new Redis(own.url)
    expect(faulty(await findingsFor({ redis: client }))).toEqual([])
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })

  it('asks for credentials that end, and says so when there are none', async () => {
    await own.admin.call('ACL', 'SETUSER', 'clinic', 'on', '>of-today', '~*', '&*', '+@all')
    const given = { username: 'clinic', password: 'of-today' }
    const url = own.url
    expect(faulty(await findingsFor({ redis: { url, credentials: () => Promise.resolve(given) } }))).toEqual([])
    const wrong = { ...given, password: 'of-yesterday' }
    const [refused] = await findingsFor({ redis: { url, credentials: () => Promise.resolve(wrong) } })
    expect(refused).toMatchObject({ outcome: 'problem', message: 'the login is refused' })
    const [none] = await findingsFor({ redis: { url, credentials: () => Promise.reject(new Error('of-today')) } })
    expect(none).toMatchObject({ outcome: 'problem', message: 'there are no credentials' })
    expect(JSON.stringify([refused, none])).not.toMatch(/of-(?:to|yester)day/)
    await own.admin.call('ACL', 'DELUSER', 'clinic')
  })

  it('warns of sessions that are kept in memory', async () => {
    const findings = await findingsFor({ redis: 'memory' }, { baseUrl: 'http://127.0.0.1:3000' })
    expect(outcomes(findings)).toEqual(['redis: warning'])
  })

  it('says why Redis cannot be reached', async () => {
    const [finding] = await findingsFor({ redis: 'redis://localhost:1' })
    expect(finding).toMatchObject({ check: 'redis', outcome: 'problem' })
    expect(finding?.message).toContain('ECONNREFUSED')
  })

  it.each([
    { what: 'a server', optionsFor: (port: number) => ({ port, lazyConnect: true }) },
    {
      what: 'a Sentinel',
      optionsFor: (port: number) => ({ sentinels: [{ host: '127.0.0.1', port }], name: 'sessions', lazyConnect: true }),
    },
  ])('gives up on $what that says nothing', async ({ optionsFor }) => {
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const client = new Redis(optionsFor((silent.address() as AddressInfo).port))
    expect(outcomes(await findingsFor({ redis: client }))).toEqual(['redis: problem'])
    client.disconnect()
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  it('gives up on a client that never gets as far as a connection', async () => {
    class NeverConnects extends AbstractConnector {
      constructor() {
        super(0)
      }

      connect(): Promise<never> {
        return new Promise(() => {})
      }
    }
    const client = new Redis({ Connector: NeverConnects, lazyConnect: true })
    const [finding] = await findingsFor({ redis: client })
    expect(finding).toMatchObject({ check: 'redis', message: 'cannot be reached: no answer within 2 s' })
  })

  it('reports maxmemory-policy allkeys-lru (CFG-12)', async () => {
    await own.admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const [finding] = faulty(await findingsFor({ redis: own.url }))
    expect(finding).toMatchObject({
      check: 'redis-eviction',
      outcome: 'problem',
      message: 'maxmemory-policy is allkeys-lru',
      cure: expect.stringContaining('noeviction') as string,
    })
  })

  it('warns when memory is nearly full', async () => {
    await own.admin.config('SET', 'maxmemory', String(Math.round((await usedMemory()) * 1.05)))
    expect(outcomes(faulty(await findingsFor({ redis: own.url })))).toContain('redis-memory: warning')
  })

  it('reports a memory that is full', async () => {
    await own.admin.config('SET', 'maxmemory', '1')
    const finding = (await findingsFor({ redis: own.url })).find(({ check }) => check === 'redis-writing')
    expect(finding).toMatchObject({ outcome: 'problem', message: 'memory is full' })
  })

  it('reports a server that refuses writes, in the words of Redis', async () => {
    await own.admin.config('SET', 'min-replicas-to-write', '1')
    const [finding] = faulty(await findingsFor({ redis: own.url }))
    expect(finding).toMatchObject({ check: 'redis-writing', outcome: 'problem' })
    expect(finding?.message).toContain('NOREPLICAS')
  })

  it.each([
    { confirmReplicas: 'prefer', outcome: 'warning' },
    { confirmReplicas: 'require', outcome: 'problem' },
  ] as const)('says $outcome when no replica is connected and confirmReplicas is $confirmReplicas', async (session) => {
    const findings = await findingsFor({ redis: own.url, confirmReplicas: session.confirmReplicas })
    expect(outcomes(faulty(findings))).toEqual([`redis-replicas: ${session.outcome}`])
  })

  it('reports a replica where the primary should be, and counts it at the primary', async () => {
    const replica = await startOwnRedis('--replicaof', '127.0.0.1', String(own.port))
    try {
      await untilConnected(own.admin)
      expect(outcomes(faulty(await findingsFor({ redis: replica.url })))).toEqual(['redis-role: problem'])
      const findings = await findingsFor({ redis: own.url, confirmReplicas: 'require' })
      expect(outcomes(findings)).toContain('redis-replicas: ok')
    } finally {
      await replica.stop()
    }
  })

  async function usedMemory(): Promise<number> {
    return Number(/^used_memory:(\d+)/m.exec(await own.admin.info('memory'))?.[1])
  }
})

/** Asked until it is so: a replica connects when it likes. */
async function untilConnected(primary: Redis): Promise<void> {
  while ((await primary.wait(1, 100)) < 1) await primary.set('cis2-test:replicated', '1')
}

/** Asked until it is so: a node with every slot takes a moment to say that the Cluster is whole. */
async function untilWhole(node: Redis): Promise<void> {
  while (!(await node.cluster('INFO')).includes('cluster_state:ok')) await node.ping()
}

describe('checkRedis and the rights of a user', () => {
  const PASSWORD = 'a-password-that-is-not-printed'
  let own: OwnRedis

  beforeAll(async () => {
    own = await startOwnRedis()
    await own.admin.call(
      'ACL',
      'SETUSER',
      'fit',
      'on',
      `>${PASSWORD}`,
      '~cis2:*',
      '+@all',
      '-@admin',
      '-@dangerous',
      '+info',
    )
    await own.admin.call('ACL', 'SETUSER', 'blind', 'on', `>${PASSWORD}`, '~cis2:*', '+@all', '-@admin', '-@dangerous')
    await own.admin.call('ACL', 'SETUSER', 'mute', 'on', `>${PASSWORD}`, '~cis2:*', '+@all', '-@scripting')
    await own.admin.call('ACL', 'SETUSER', 'elsewhere', 'on', `>${PASSWORD}`, '~other:*', '+@all')
    // Last: from here on whoever comes without a password is refused.
    await own.admin.call('ACL', 'SETUSER', 'default', 'resetpass', `>${PASSWORD}`)
  })
  afterAll(() => own.stop())

  const addressOf = (login: string) => `redis://${login}@127.0.0.1:${String(own.port)}`

  it.each(['fit:wrong', 'nobody:whatever', ''])(
    'reports a login that is refused (%p), without a word of it',
    async (login) => {
      const findings = await findingsFor({ redis: login === '' ? own.url : addressOf(login) })
      expect(findings).toMatchObject([{ check: 'redis', outcome: 'problem', message: 'the login is refused' }])
      expect(JSON.stringify(findings)).not.toMatch(/wrong-|whatever/)
    },
  )

  it('finds nothing wrong with the rights that the documentation names', async () => {
    expect(faulty(await findingsFor({ redis: addressOf(`fit:${PASSWORD}`) }))).toEqual([])
  })

  it.each(['off', 'prefer'] as const)(
    'warns, and no more, when INFO is forbidden and confirmReplicas is %s (FIELD-6)',
    async (confirmReplicas) => {
      const findings = await findingsFor({ redis: addressOf(`blind:${PASSWORD}`), confirmReplicas })
      expect(outcomes(findings)).toEqual(['redis: ok', 'redis-info: warning', 'redis-writing: ok'])
      expect(JSON.stringify(findings)).not.toMatch(/answers? 503/)
    },
  )

  it.each(['hkeys', 'zrangebyscore', 'pexpire', 'srem'])(
    'names a right that only a logout or a long life needs: %s (FIELD-6)',
    async (right) => {
      const admin = new Redis(addressOf(`default:${PASSWORD}`))
      await admin.call('ACL', 'SETUSER', right, 'on', `>${PASSWORD}`, '~cis2:*', '+@all', `-${right}`)
      const findings = faulty(await findingsFor({ redis: addressOf(`${right}:${PASSWORD}`) }))
      expect(findings).toMatchObject([
        { check: 'redis-writing', outcome: 'problem', message: `this user may not run ${right}` },
      ])
      expect(findings[0]?.cure).toContain(`+${right}`)
      expect(await admin.keys('cis2:*')).toEqual([])
      admin.disconnect()
    },
  )

  it.each(['mute', 'elsewhere'])('reports rights that do not reach: %s', async (user) => {
    const findings = faulty(await findingsFor({ redis: addressOf(`${user}:${PASSWORD}`) }))
    expect(findings).toMatchObject([{ check: 'redis-writing', outcome: 'problem' }])
    expect(findings[0]?.cure).toContain('+@all')
    expect(JSON.stringify(findings)).not.toContain(PASSWORD)
  })
})

describe('checkRedis and a Cluster', () => {
  let own: OwnRedis

  beforeAll(async () => {
    own = await startOwnRedis('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
  })
  afterAll(() => own.stop())

  it('reports a node that is reached by a single connection', async () => {
    expect(outcomes(faulty(await findingsFor({ redis: own.url })))).toEqual(['redis-role: problem'])
  })

  it('examines every node of a Cluster that is handed in', async () => {
    await own.admin.cluster('ADDSLOTSRANGE', 0, 16383)
    await untilWhole(own.admin)
    const cluster = new Cluster([{ host: '127.0.0.1', port: own.port }], { lazyConnect: true })
    expect(faulty(await findingsFor({ redis: cluster }))).toEqual([])
    cluster.disconnect()
  })

  it('says why a Cluster cannot be reached', async () => {
    const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
    const [finding] = await findingsFor({ redis: cluster })
    expect(finding).toMatchObject({ check: 'redis', outcome: 'problem' })
    expect(finding?.message).toMatch(/ECONNREFUSED|Connection is closed/)
    cluster.disconnect()
  })
})
