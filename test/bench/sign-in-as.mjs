// node test/bench/sign-in-as.mjs [calls]
// How long `signInAs` of the test kit takes, first and after. Reported, never asserted. Needs `npm run build`.
import { performance } from 'node:perf_hooks'

import express from 'express'
import { cis2Auth } from 'express-cis2'
import { startTestCis2 } from 'express-cis2/testing'
import request from 'supertest'

const calls = Number(process.argv[2] ?? 100)

async function milliseconds(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1)

let cis2
const start = await milliseconds(async () => {
  cis2 = await startTestCis2()
})
const app = express().use(cis2Auth(cis2.options()))
const signIn = () => milliseconds(() => cis2.signInAs(request.agent(app), 'Ngozi Okafor'))

const first = await signIn()
const after = []
for (let call = 0; call < calls; call += 1) after.push(await signIn())
after.sort((one, other) => one - other)

console.log(`startTestCis2     ${start.toFixed(1)} ms`)
console.log(`signInAs, first   ${first.toFixed(1)} ms`)
console.log(
  `signInAs, after   p50 ${quantile(after, 0.5)} ms, p95 ${quantile(after, 0.95)} ms, most ${quantile(after, 1)} ms (${calls} calls)`,
)
await cis2.stop()
