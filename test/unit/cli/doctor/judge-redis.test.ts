import { Redis } from 'ioredis'

import { judgeServer } from '../../../../src/cli/doctor/judge-redis.js'
import { parseInfo } from '../../../../src/session/redis/server-kind.js'

/** What is wrong, as `check: outcome`. */
function faults(info: Record<string, string>, client = clientFor('redis://localhost')): string[] {
  const facts = new Map(
    Object.entries({ redis_version: '7.4.0', maxmemory_policy: 'noeviction', role: 'master', ...info }),
  )
  return judgeServer(facts, { client, isInCluster: false }, 'off')
    .filter(({ outcome }) => outcome !== 'ok')
    .map(({ check, outcome }) => `${check}: ${outcome}`)
}

function clientFor(address: string): Redis {
  return new Redis(address, { lazyConnect: true })
}

describe('parseInfo', () => {
  it('reads the lines that name something, and leaves headings out', () => {
    const info = parseInfo('# Server\r\nredis_version:7.4.0\r\nexecutable:/a:b\r\n\r\n')
    expect([...info]).toEqual([
      ['redis_version', '7.4.0'],
      ['executable', '/a:b'],
    ])
  })
})

describe('judgeServer', () => {
  it.each(['7.0.15', '7.2.4', '8.0', '10.1.0'])('accepts version %s', (version) => {
    expect(faults({ redis_version: version })).toEqual([])
  })

  it.each(['6.2.14', '6.0.16', '', 'unknown'])('warns of version "%s"', (version) => {
    expect(faults({ redis_version: version })).toEqual(['redis-version: warning'])
  })

  it('takes a server that does not tell its version, and reports one that hides its policy', () => {
    const client = new Redis({ lazyConnect: true })
    const found = judgeServer(new Map(), { client, isInCluster: false }, 'off')
    expect(found).toMatchObject([
      { check: 'redis-version', outcome: 'ok', message: 'not told' },
      { check: 'redis-eviction', outcome: 'problem', message: 'maxmemory-policy is not told' },
    ])
  })

  it.each(['redis://localhost', 'redis://127.8.9.1:7000', 'redis://[::1]:6379', '/var/run/redis.sock'])(
    'asks neither TLS nor a password of %s, which is on this machine',
    (address) => {
      expect(faults({}, clientFor(address))).toEqual([])
    },
  )

  it.each([
    { address: 'redis://redis.internal', wrong: ['redis-transport: warning', 'redis-password: warning'] },
    { address: 'redis://:secret@redis.internal', wrong: ['redis-transport: warning'] },
    { address: 'rediss://redis.internal', wrong: ['redis-password: warning'] },
    { address: 'rediss://:secret@redis.internal', wrong: [] },
  ])('judges the way to another machine (CFG-12): $address', ({ address, wrong }) => {
    expect(faults({}, clientFor(address))).toEqual(wrong)
  })

  it('does not take the address of a Sentinel for that of the server', () => {
    const sentinels = [{ host: '127.0.0.1', port: 26379 }]
    const client = new Redis({ sentinels, name: 'sessions', lazyConnect: true })
    expect(faults({}, client)).toEqual(['redis-transport: warning', 'redis-password: warning'])
  })

  it.each([
    { used: '89', outcome: [] },
    { used: '90', outcome: ['redis-memory: warning'] },
  ])('judges $used % of maxmemory', ({ used, outcome }) => {
    expect(faults({ maxmemory: '100', used_memory: used })).toEqual(outcome)
  })
})
