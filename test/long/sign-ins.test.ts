/** HOP-42 by great numbers: `npm run test:long -- --count 1000000 test/long/sign-ins`. */
import { runShares } from '../proof/shares.js'
import type { SignInsTried } from '../proof/sign-ins/try-sign-ins.js'
import { leaveReport } from '../schedule/long-run.js'
import { recordProof } from '../support/commands/proof-page.mjs'
import { LONG_CASE, LONG_COUNT, LONG_MINUTES, LONG_MOST, LONG_PROCESSES, LONG_SEED } from './settings.js'

const COUNT = LONG_COUNT ?? Math.max(2_000, Math.round(LONG_MINUTES * 2_000))

interface Tried extends Omit<SignInsTried, 'kinds'> {
  readonly kinds: readonly number[]
  readonly cpuSeconds: number
}

it('HOP-42 sign-ins, half of them hostile, let in whom they must, and nobody else', async () => {
  const [from, to] = LONG_CASE === undefined ? [0, COUNT] : [LONG_CASE, LONG_CASE + 1]
  const begun = performance.now()
  const whole = { seed: LONG_SEED, from, to, milliseconds: LONG_MOST }
  const shares = await runShares<Tried>('sign-ins/share.ts', whole, LONG_PROCESSES)
  const seconds = (performance.now() - begun) / 1000
  const sum = (field: 'count' | 'hostile' | 'harmless' | 'free' | 'onRedis' | 'repeated' | 'cpuSeconds') =>
    shares.reduce((total, share) => total + share[field], 0)
  const failures = shares.flatMap((share) => share.failures)
  const kinds = new Set(shares.flatMap((share) => share.kinds)).size
  const text = (number: number) => number.toLocaleString('en')
  const isFalse = (failure: string) => failure.includes('FALSE SIGN-IN') || failure.includes('let in as')
  const wrong = failures.filter(isFalse).length
  const figures =
    `${text(sum('hostile'))} hostile in ${text(kinds)} distinct ways (${text(sum('harmless'))} of them harmless, ` +
    `${text(sum('free'))} left open by the documents), ${text(sum('onRedis'))} on Redis and the others in memory, ${text(sum('repeated'))} asked to wait: ` +
    `${wrong} false sign-ins, ${failures.length - wrong} refused or answered wrongly; ` +
    `${text(Math.round(sum('count') / sum('cpuSeconds')))} in a second of processor time`
  leaveReport('sign-ins', [figures, ...failures])
  if (LONG_CASE === undefined) {
    recordProof({
      proof: 'sign-ins',
      command: `npm run test:long -- --count ${sum('count')} --processes ${LONG_PROCESSES} test/long/sign-ins`,
      count: sum('count'),
      figures,
      seed: LONG_SEED,
      seconds,
      passed: failures.length === 0,
    })
    // Nearly every hostile one is of its own kind.
    expect(kinds).toBeGreaterThan(Math.min(20_000, sum('hostile') / 2))
  }
  expect(failures).toEqual([])
})
