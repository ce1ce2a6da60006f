/** What a schedule has left in Redis: read in one step, judged, and cleared for the next. */
import type { Redis } from 'ioredis'

const HARVEST = `
local found = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local kind = redis.call('TYPE', key).ok
  local value = {}
  if kind == 'hash' then value = redis.call('HGETALL', key)
  elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1)
  elseif kind == 'set' then value = redis.call('SMEMBERS', key) end
  found[#found + 1] = {string.sub(key, #ARGV[1] + 1), redis.call('PTTL', key), value}
  redis.call('UNLINK', key)
end
return found
`

const AGE = `
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  redis.call('PEXPIRE', key, redis.call('PTTL', key) - tonumber(ARGV[2]))
end
`

export interface Kept {
  /** Without the prefix: `{slot}:kind`. */
  readonly key: string
  readonly lifetime: number
  readonly value: readonly string[]
}

/** Takes everything below a prefix out. */
export async function harvest(redis: Redis, prefix: string): Promise<readonly Kept[]> {
  const found = (await redis.eval(HARVEST, 0, prefix)) as [string, number, string[]][]
  return found.map(([key, lifetime, value]) => ({ key, lifetime, value }))
}

/** Lets time pass for the server, whose own clock no test can turn. */
export async function age(redis: Redis, prefix: string, milliseconds: number): Promise<void> {
  await redis.eval(AGE, 0, prefix, milliseconds)
}

/**
 * I8: every key has a lifetime; no session without its index, and (unless something was cut short) no index of
 * a user without its session. The index of a `sid` may name what has ended: whoever ends a session need not know its `sid`.
 */
export function judgeKept(kept: readonly Kept[], { exact }: { exact: boolean }): string[] {
  const violations: string[] = []
  const byKey = new Map(kept.map((each) => [each.key, each]))
  for (const { key, lifetime, value } of kept) {
    if (lifetime < 0) violations.push(`I8 ${kindOf(key)} has no lifetime`)
    const [base, kind, name = ''] = partsOf(key)
    if (kind === 's' && value.includes('m')) {
      if (byKey.get(`${base}:u`)?.value.includes(name) !== true)
        violations.push('I8 a session is not in its user index')
      const tombstone = byKey.get(`${base}:e:${name}`)?.value ?? []
      const sid = fieldOf(tombstone, 'd')
      if (tombstone.length === 0) violations.push('I8 a session has no tombstone to be')
      if (sid !== undefined && byKey.get(`${base}:i:${sid}`)?.value.includes(name) !== true)
        violations.push('I8 a session is not in its sid index')
    }
    if (exact && kind === 'u') {
      for (const member of value) {
        if (!byKey.has(`${base}:s:${member}`))
          violations.push('I8 the index of a user names a session that is not there')
      }
    }
  }
  return violations
}

function partsOf(key: string): [string, string, string?] {
  const end = key.indexOf('}:')
  const [kind = '', ...rest] = key.slice(end + 2).split(':')
  return [key.slice(0, end + 1), kind, rest.join(':')]
}

function kindOf(key: string): string {
  return partsOf(key)[1]
}

function fieldOf(hash: readonly string[], field: string): string | undefined {
  for (let at = 0; at < hash.length; at += 2) if (hash[at] === field) return hash[at + 1]
  return undefined
}
