/** Runs the sign-ins of a seed, many at a time, and counts what came of them. */
import { setTimeout as delay } from 'node:timers/promises'

import { Draws } from '../draws.js'
import type { Share } from '../shares.js'
import { startApplication } from './application.js'
import { drawPlan } from './grammar.js'
import type { Plan } from './plan.js'
import { ProofProvider } from './provider.js'
import { isAskedToWait, runSignIn, type Outcome } from './sign-in.js'

export interface SignInsTried {
  count: number
  hostile: number
  /** Hostile ones that somebody had to be let in by all the same: what was changed does not matter. */
  harmless: number
  /** Either answer was right. */
  free: number
  onRedis: number
  /** Somebody was asked to wait, and tried again. */
  repeated: number
  /** Hashes of what was changed: how many are distinct. */
  readonly kinds: Set<number>
  readonly failures: string[]
}

/** So many at once. */
const AT_ONCE = 12
/** So many have one time: the clock stands still, then goes on by a minute, in which the store takes 500 more sign-ins under way. */
const OF_ONE_TIME = 400
const STEP = 61_000
/** So many have one application; the next has another store. */
const OF_ONE_APPLICATION = 4_000
const MOST_FAILURES = 20
/** Whoever is asked to wait tries again so often, after so many milliseconds each time. */
const MOST_AGAIN = 120
const PAUSE = 500

/** @param redis - Of a server that is emptied now and then. */
export async function trySignIns(
  { seed, from, to }: Omit<Share, 'milliseconds'>,
  redis: { readonly url: string; readonly empty: () => Promise<unknown> },
  goesOn: (tried: SignInsTried) => boolean = () => true,
): Promise<SignInsTried> {
  const tried: SignInsTried = {
    ...{ count: 0, hostile: 0, harmless: 0, free: 0, onRedis: 0, repeated: 0 },
    kinds: new Set(),
    failures: [],
  }
  const provider = await ProofProvider.start()
  let now = Date.now()
  const clock = () => now
  try {
    for (let first = from; first < to; first += OF_ONE_APPLICATION) {
      const onRedis = (first / OF_ONE_APPLICATION) % 2 < 1
      await redis.empty()
      const application = await startApplication(provider.issuer, onRedis ? redis.url : 'memory', clock)
      try {
        const end = Math.min(to, first + OF_ONE_APPLICATION)
        for (let number = first; number < end; number += OF_ONE_TIME) {
          if (!goesOn(tried) || tried.failures.length >= MOST_FAILURES) return tried
          provider.forget(Math.floor(now / 1000))
          const place = { provider, application, clock }
          const numbers = range(number, Math.min(end, number + OF_ONE_TIME))
          await manyAtOnce(numbers, async (one) => {
            const plan = drawPlan(one, new Draws().begin(seed, one))
            let outcome = await runSignIn(plan, place).catch(crashed)
            for (let again = 0; again < MOST_AGAIN && isAskedToWait(outcome); again++) {
              tried.repeated += 1
              await delay(PAUSE)
              // The scripts of a plan may remember what they were given: it is drawn anew.
              outcome = await runSignIn(drawPlan(one, new Draws().begin(seed, one)), place).catch(crashed)
            }
            count(tried, plan, onRedis, outcome)
          })
          now += STEP
        }
      } finally {
        await application.stop()
      }
    }
    return tried
  } finally {
    await provider.stop()
  }
}

function crashed(error: unknown): Outcome {
  return { wrong: error instanceof Error ? (error.stack ?? error.message) : String(error), kind: 'out' }
}

function count(tried: SignInsTried, { number, changes }: Plan, onRedis: boolean, { wrong, kind }: Outcome): void {
  tried.count += 1
  tried.onRedis += onRedis ? 1 : 0
  if (changes.length > 0) {
    tried.hostile += 1
    tried.kinds.add(hashOf(changes.join(' and ')))
    if (kind === 'in') tried.harmless += 1
    if (kind === 'free') tried.free += 1
  }
  if (wrong !== undefined) tried.failures.push(`case ${number} (${changes.join(' and ') || 'honest'}): ${wrong}`)
}

async function manyAtOnce(numbers: number[], work: (number: number) => Promise<void>): Promise<void> {
  const line = numbers.values()
  async function workOff(): Promise<void> {
    for (const number of line) await work(number)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, workOff))
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}

/** 53 bits: among a million, two alike are one in ten thousand. */
function hashOf(text: string): number {
  let [one, two] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    one = Math.imul(one ^ code, 2654435761)
    two = Math.imul(two ^ code, 1597334677)
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909)
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
  return 4294967296 * (2097151 & two) + (one >>> 0)
}
