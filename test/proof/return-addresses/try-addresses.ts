/** Gives validators the addresses of a seed, and what they let through to the judges; fewer when the time is over. */
import { Draws } from '../draws.js'
import type { Share } from '../shares.js'
import { sample } from './grammar.js'
import { JUDGES, SLOW_JUDGES } from './judges.js'
import type { Validator } from './validators.js'

export interface AddressesTried {
  count: number
  accepted: number
  readonly failures: string[]
}

/** So many are enough to see what is wrong. */
const MOST_FAILURES = 20
/** Cases between two looks at the time. */
const STRIDE = 1 << 16
/** One of so many that were let through is read by the slow judges too. */
export const SLOW_EVERY = 32

export function tryAddresses(
  validators: readonly Validator[],
  { seed, from, to }: Share,
  goesOn: (tried: AddressesTried) => boolean = () => true,
): AddressesTried {
  const usual = Object.entries(JUDGES)
  const all = [...usual, ...Object.entries(SLOW_JUDGES)]
  const draws = new Draws()
  const tried: AddressesTried = { count: 0, accepted: 0, failures: [] }
  for (let number = from; number < to && tried.failures.length < MOST_FAILURES; number++) {
    if (tried.count % STRIDE === 0 && !goesOn(tried)) return tried
    tried.count += 1
    const validator = validators[number % validators.length]
    if (validator === undefined) throw new Error('no validator')
    const text = sample(draws.begin(seed, number))
    const path = validator.accept(text)
    if (path === undefined) continue
    tried.accepted += 1
    for (const [name, stays] of tried.accepted % SLOW_EVERY === 0 ? all : usual) {
      if (stays(path, validator.site)) continue
      const shown = `${JSON.stringify(text)} became ${JSON.stringify(path)}`
      tried.failures.push(`case ${number}, ${name}: ${shown} at ${validator.site.origin}`)
    }
  }
  return tried
}
