/** Everything that Redis holds, as it would be read there: `DUMP` compresses, and a secret in the clear is none in it. */
import type { Redis } from 'ioredis'

/** Keys and values; every byte of a value is one character. */
export async function storedText(redis: Redis, pattern: string): Promise<string> {
  const keys = await redis.keys(pattern)
  const values = await Promise.all(keys.map((key) => valuesOf(redis, key)))
  return [...keys, ...values.flat().map((value) => value?.toString('latin1') ?? '')].join('\n')
}

async function valuesOf(redis: Redis, key: string): Promise<readonly (Buffer | null | undefined)[]> {
  const type = await redis.type(key)
  if (type === 'string') return [await redis.getBuffer(key)]
  if (type === 'hash') return [...(await redis.hkeysBuffer(key)), ...(await redis.hvalsBuffer(key))]
  if (type === 'set') return redis.smembersBuffer(key)
  if (type === 'zset') return redis.zrangeBuffer(key, '0', '-1')
  // Gone since its name was read.
  if (type === 'none') return []
  throw new Error(`There is a ${type} in Redis: nobody looks into it here.`)
}
