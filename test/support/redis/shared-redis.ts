/** The Redis that all tests share, as `npm run test:servers` wants it. */
import { startStrictRedis } from './strict-redis.js'

export interface SharedRedis {
  readonly url: string
  stop(): Promise<void>
}

/** @returns its address, or with `CIS2_REFUSE_UNDECLARED_KEYS` one behind which undeclared keys are refused. */
export async function openSharedRedis(): Promise<SharedRedis> {
  const url = process.env.REDIS_URL ?? ''
  if (process.env.CIS2_REFUSE_UNDECLARED_KEYS === undefined) return { url, stop: () => Promise.resolve() }
  return startStrictRedis(Number(new URL(url).port))
}
