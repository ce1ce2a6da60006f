/** Whether a Redis is fit to keep sessions: it runs our scripts, honours lifetimes, throws nothing away; and what else it can. */
import { randomBytes } from 'node:crypto'

import { StoreUnavailableError } from '../../errors.js'
import type { PartHealth } from '../../health.js'
import type { Keys } from './keys.js'
import type { RedisLink } from './link.js'
import { list, number } from './replies.js'
import { script } from './scripts/script.js'
import { createAnonymous, end, read } from './scripts/session-scripts.js'

/** Lifetime of the canary, in milliseconds. */
const CANARY = 2_000

const lifetime = script('lifetime', { keys: ['session'] }, `return redis.call('PTTL', session)`)
const twoSlots = script('twoSlots', { keys: ['pointer', 'pending'] }, `return redis.call('EXISTS', pointer, pending)`)
const clear = script('clear', { keys: ['session', 'epitaph'] }, `return redis.call('DEL', session, epitaph)`)

export interface Fitness {
  /** Makes, reads, slides and ends a session of nobody. */
  probe(run: RedisLink['run']): Promise<void>
  /** All of that on a connection that is there, and the settings of the server. */
  check(link: RedisLink): Promise<void>
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

  async function probe(run: RedisLink['run']): Promise<void> {
    const tag = randomBytes(16).toString('base64url')
    const name = 'canary'
    const session = keys.session(tag, name)
    const epitaph = keys.epitaph(tag, name)
    const sessionsOfUser = keys.sessionsOfUser(tag)
    const now = clock()
    const application = ''
    const times = { now, ends: now + CANARY, absolute: now + 2 * CANARY }
    await run(createAnonymous({ session, epitaph }, { ...times, application, appData: Buffer.from('x') }))
    const [found] = list(
      await run(read({ session, epitaph, sessionsOfUser }, { name, application, now, idle: CANARY })),
    )
    const left = number(await run(lifetime({ session }, {})))
    const nothing = keys.nothing(tag)
    await run(end({ session, epitaph, sessionsOfUser, nothing, endings: nothing }, { name, reason: 'sign-out', now }))
    await run(clear({ session, epitaph }, {}))
    if (number(found) !== 1 || !(left > 0 && left <= CANARY)) {
      throw new StoreUnavailableError('The session store does not keep what it is given for as long as it is told.')
    }
  }

  async function inspect({ inquire, attempt }: Pick<RedisLink, 'inquire' | 'attempt'>): Promise<void> {
    crosses = await attempt(twoSlots({ pointer: keys.pointer('one'), pending: keys.pending('two') }, {})).then(
      () => true,
      () => false,
    )
    const policy = evictionPolicy(await inquire('info', 'memory'))
    found =
      policy === undefined || policy === 'noeviction'
        ? undefined
        : {
            status: 'degraded',
            since: Math.floor(clock() / 1000),
            reason: `maxmemory-policy is ${policy}, not noeviction: Redis may throw sessions and sign-outs away`,
          }
  }

  return {
    probe,
    inspect,
    crossesSlots: () => crosses,
    async check(link) {
      await link.connected()
      await probe((call) => link.attempt(call))
      await inspect(link)
    },
    judge: (health) => (health.status === 'ok' ? (found ?? health) : health),
  }
}

/** `CONFIG` is forbidden at many hosts; `INFO` says it too. Undefined when neither may be asked. */
function evictionPolicy(info: unknown): string | undefined {
  return /^maxmemory_policy:([\w-]+)/m.exec(String(info))?.[1]
}
