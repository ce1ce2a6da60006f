/** RT-13 by great numbers: `npm run test:long -- --count 1000000000 test/long/return-addresses`. */
import { recordProof } from '../support/commands/proof-page.mjs'
import { leaveReport } from '../schedule/long-run.js'
import { SLOW_EVERY, tryAddresses, type AddressesTried } from '../proof/return-addresses/try-addresses.js'
import { VALIDATORS, WRONG_VALIDATORS } from '../proof/return-addresses/validators.js'
import { runShares } from '../proof/shares.js'
import { LONG_CASE, LONG_COUNT, LONG_MINUTES, LONG_MOST, LONG_PROCESSES, LONG_SEED } from './settings.js'

const COUNT = LONG_COUNT ?? Math.max(100_000, Math.round(LONG_MINUTES * 1_000_000))
/** So few are enough for a validator that is wrong. */
const FOR_WRONG_ONES = 10_000
/** Were nearly all refused, it would prove little. */
const LEAST_ACCEPTED = 0.1

describe('return addresses', () => {
  it.each(Object.entries(WRONG_VALIDATORS))(
    'RT-13 the judges find out a validator that asks for: %s',
    (_name, wrong) => {
      const { failures } = tryAddresses([wrong], {
        seed: LONG_SEED,
        from: 0,
        to: FOR_WRONG_ONES,
        milliseconds: Infinity,
      })
      expect(failures.length).toBeGreaterThan(10)
    },
  )

  it('RT-13 are made again by seed and number', () => {
    const share = { seed: LONG_SEED, from: 0, to: 1000, milliseconds: Infinity }
    expect(tryAddresses(VALIDATORS, share)).toEqual(tryAddresses(VALIDATORS, share))
  })

  it('RT-13 that are let through stay on the origin, as every judge reads them', async () => {
    const from = LONG_CASE ?? 0
    const to = LONG_CASE === undefined ? COUNT : LONG_CASE + 1
    const begun = performance.now()
    const whole = { seed: LONG_SEED, from, to, milliseconds: LONG_MOST }
    const shares = await runShares<Tried>('return-addresses/share.ts', whole, LONG_PROCESSES)
    const seconds = (performance.now() - begun) / 1000
    const figures = tell(shares)
    const failures = shares.flatMap((share) => share.failures)
    leaveReport('return addresses', [figures, ...failures])
    if (LONG_CASE === undefined) {
      recordProof({
        proof: 'return-addresses',
        command: `npm run test:long -- --count ${total(shares, 'count')} --processes ${LONG_PROCESSES} test/long/return-addresses`,
        count: total(shares, 'count'),
        figures,
        seed: LONG_SEED,
        seconds,
        passed: failures.length === 0,
      })
      expect(total(shares, 'accepted')).toBeGreaterThan(LEAST_ACCEPTED * total(shares, 'count'))
    }
    expect(failures).toEqual([])
  })
})

interface Tried extends AddressesTried {
  readonly cpuSeconds: number
}

function tell(shares: readonly Tried[]): string {
  const [count, accepted] = [total(shares, 'count'), total(shares, 'accepted')]
  const rate = Math.round(count / total(shares, 'cpuSeconds'))
  const share = ((100 * accepted) / count).toFixed(1)
  const leaving = shares.flatMap((one) => one.failures).length
  return (
    `${accepted.toLocaleString('en')} let through (${share} %), each read by four programs and one of ${SLOW_EVERY} by a ` +
    `fifth: ${leaving} off the origin; ${rate.toLocaleString('en')} in a second of processor time`
  )
}

function total(shares: readonly Tried[], field: 'count' | 'accepted' | 'cpuSeconds'): number {
  return shares.reduce((sum, share) => sum + share[field], 0)
}
