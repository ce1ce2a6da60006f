/** Redis as the session layer's store. */
import type { Emit } from '../../events.js'
import type { SessionConfig } from '../../options/cis2-config.js'
import type { Backend } from '../backend.js'
import { createBell } from './bell.js'
import { createCanary } from './canary.js'
import { createFitness } from './fitness.js'
import { createKeys } from './keys.js'
import { createRedisLink } from './link.js'
import { operationsOver } from './operations.js'

export interface RedisBackendSettings {
  readonly session: SessionConfig & { readonly redis: Exclude<SessionConfig['redis'], 'memory'> }
  readonly clock: () => number
  readonly emit: Emit
}

export function createRedisBackend({ session, clock, emit }: RedisBackendSettings): Backend {
  const keys = createKeys(session.keyPrefix)
  const fitness = createFitness(keys, clock)
  const link = createRedisLink({
    redis: session.redis,
    askCredentials: session.redisCredentials,
    confirmReplicas: session.confirmReplicas,
    clock,
    emit,
    probe: createCanary(keys, clock),
    connected: (connection) => void fitness.inspect(connection),
  })
  const bell = createBell(link, keys, () => fitness.crossesSlots())
  return {
    ...operationsOver(link, keys, bell),
    crossesSlots: () => fitness.crossesSlots(),
    async ready() {
      await link.proven()
      await fitness.inspect(link)
    },
    health: () => fitness.judge(link.health()),
    close() {
      link.close()
      return Promise.resolve()
    },
  }
}
