/** Whether a Redis is fit to keep sessions: it runs our scripts, honours lifetimes, throws nothing away; and what else it can. */
import { randomBytes } from 'node:crypto'

import { StoreUnavailableError } from '../../errors.js'
import { REASON_KEPT } from '../backend.js'
import type { Health } from './outage.js'
import type { Keys } from './keys.js'
import type { RedisLink } from './link.js'
import { list, number } from './replies.js'
import { script } from './scripts/script.js'
import { CREATE_ANONYMOUS, END, READ } from './scripts/session-scripts.js'

/** Lifetime of the canary, in milliseconds. */
const CANARY = 2_000

const LIFETIME = script('lifetime', `return redis.call('PTTL', KEYS[1])`)
const TWO_SLOTS = script('twoSlots', `return redis.call('EXISTS', KEYS[1], KEYS[2])`)
const CLEAR = script('clear', `return redis.call('DEL', KEYS[1], KEYS[2])`)

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
  judge(health: Health): Health
}

export function createFitness(keys: Keys, clock: () => number): Fitness {
  let found: Health | undefined
  let crosses = false

  async function probe(run: RedisLink['run']): Promise<void> {
    const tag = randomBytes(16).toString('base64url')
    const where = [keys.session(tag, 'canary'), keys.epitaph(tag, 'canary')]
    const now = clock()
    await run(CREATE_ANONYMOUS, where, [now + CANARY, now + 2 * CANARY, CANARY, 'x'])
    const read = list(await run(READ, where, [keys.base(tag), 'canary', now, CANARY, REASON_KEPT]))
    const lifetime = number(await run(LIFETIME, where.slice(0, 1), []))
    await run(END, where, [keys.base(tag), 'canary', 'sign-out', now, REASON_KEPT])
    await run(CLEAR, where, [])
    if (number(read[0]) !== 1 || !(lifetime > 0 && lifetime <= CANARY)) {
      throw new StoreUnavailableError('The session store does not keep what it is given for as long as it is told.')
    }
  }

  async function inspect({ inquire, attempt }: Pick<RedisLink, 'inquire' | 'attempt'>): Promise<void> {
    crosses = await attempt(TWO_SLOTS, [keys.pointer('one'), keys.pointer('two')], []).then(
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
      await probe((...call) => link.attempt(...call))
      await inspect(link)
    },
    judge: (health) => (health.status === 'ok' ? (found ?? health) : health),
  }
}

/** `CONFIG` is forbidden at many hosts; `INFO` says it too. Undefined when neither may be asked. */
function evictionPolicy(info: unknown): string | undefined {
  return /^maxmemory_policy:([\w-]+)/m.exec(String(info))?.[1]
}
