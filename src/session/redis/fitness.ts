/** What a Redis says of itself: whether it throws nothing away, how old it is, and whether it runs scripts over keys of two slots. */
import type { PartHealth } from '../../health.js'
import type { Keys } from './keys.js'
import type { RedisLink } from './link.js'
import { script } from './scripts/script.js'
import { parseInfo, untriedVersion } from './server-kind.js'
import type { Info } from './server-kind.js'

const twoSlots = script('twoSlots', { keys: ['pointer', 'pending'] }, `return redis.call('EXISTS', pointer, pending)`)

export interface Fitness {
  /** Looks at the settings of the server, and whether it runs scripts over keys of two slots. */
  inspect(link: Pick<RedisLink, 'inquire' | 'attempt'>): Promise<void>
  /** A Cluster does not, also behind one address (a proxy, as some hosts have it). False until it was seen. */
  crossesSlots(): boolean
  /** Adds what was found to what the link says of itself. */
  judge(health: PartHealth): PartHealth
}

export function createFitness(keys: Keys, clock: () => number): Fitness {
  let found: PartHealth | undefined
  let crosses = false

  async function inspect({ inquire, attempt }: Pick<RedisLink, 'inquire' | 'attempt'>): Promise<void> {
    crosses = await attempt(twoSlots({ pointer: keys.pointer('one'), pending: keys.pending('two') }, {})).then(
      () => true,
      () => false,
    )
    const [memory, server] = await Promise.all([inquire('info', 'memory'), inquire('info', 'server')])
    const reason = weakness(parseInfo(String(memory)), parseInfo(String(server)))
    found = reason === undefined ? undefined : { status: 'degraded', since: Math.floor(clock() / 1000), reason }
  }

  return {
    inspect,
    crossesSlots: () => crosses,
    judge: (health) => (health.status === 'ok' ? (found ?? health) : health),
  }
}

/** `CONFIG` is forbidden at many hosts; `INFO` says it too. Undefined when neither may be asked. */
function weakness(memory: Info, server: Info): string | undefined {
  const policy = memory.get('maxmemory_policy') ?? 'noeviction'
  if (policy !== 'noeviction') {
    return `maxmemory-policy is ${policy}, not noeviction: Redis may throw sessions and sign-outs away`
  }
  return untriedVersion(server)
}
