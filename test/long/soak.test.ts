/** Everything at once, for as long as `--minutes` says: `npm run test:long -- --minutes 60 test/long/soak`. */
import { soak } from '../proof/soak/soak.js'
import { leaveReport } from '../schedule/long-run.js'
import { recordProof } from '../support/commands/proof-page.mjs'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

/** Memory may grow or shrink by so much after the first third of the time. */
const FLAT = 0.05
/** Over fewer minutes, garbage of the beginning is in it still. */
const LEAST_MINUTES_FOR_MEMORY = 20

it('an application under everything at once answers nothing wrongly, and holds no more after it', async () => {
  const begun = performance.now()
  const found = await soak(LONG_MINUTES * 60_000, LONG_SEED, (line) => process.stderr.write(`${line}\n`))
  const seconds = (performance.now() - begun) / 1000
  const { figures, wrong, memory, held, everlasting, keysSeen, handles, failovers, keyRotations, unclean } = found
  const isJudged = LONG_MINUTES >= LEAST_MINUTES_FOR_MEMORY
  const isFlat = memory.length > 0 && memory.every((growth) => Math.abs(growth - 1) <= FLAT)
  const text =
    `${LONG_MINUTES} minutes: ${figures.signIns} sign-ins, ${figures.stepUps} step-ups, ${figures.requests} guarded requests, ` +
    `${figures.apiCalls} calls to an API, ${figures.streams} streams, ${figures.signOuts} sign-outs, ` +
    `${figures.logoutsByCis2} told by the provider; ${failovers} failovers, ${keyRotations} new keys of the provider, ` +
    `the secret changed in 3 deployments; ${figures.askedToWait} asked to wait during failovers, ` +
    `${figures.askedToWaitOtherwise} otherwise; ${wrong.length} wrong answers; memory${isJudged ? '' : ', not judged in so few minutes,'} ` +
    `${memory.map((growth) => `${((growth - 1) * 100).toFixed(1)} %`).join(' and ')} ` +
    `(${held.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`).join(', ')}); ` +
    `${everlasting.length} of ${keysSeen} keys without an end; ${handles.length} handles too many`
  leaveReport('soak', [text, ...wrong.slice(0, 20), ...everlasting, ...handles])
  const passed = [wrong, everlasting, handles, unclean].every(({ length }) => length === 0) && (isFlat || !isJudged)
  recordProof({
    proof: 'soak',
    command: `npm run test:long -- --minutes ${LONG_MINUTES} test/long/soak`,
    count: LONG_MINUTES,
    figures: text,
    seed: LONG_SEED,
    seconds,
    passed,
  })
  expect(wrong).toEqual([])
  expect(everlasting).toEqual([])
  expect(handles).toEqual([])
  expect(unclean).toEqual([])
  expect(keysSeen).toBeGreaterThan(0)
  if (isJudged) expect({ memory, isFlat }).toMatchObject({ isFlat: true })
})
