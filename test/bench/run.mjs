// npm run bench -- [--only guarded,nhs-api,sign-in,crowd,kept,outage,watched,start] [--rounds N] [--seconds N] [--most N] [--write]
// npm run bench -- --only guarded,sign-in --against CHECKOUT: beside another build of this package, and nothing else;
// --only start --against CHECKOUT: its test kit beside this one's.
// Measures side by side in one run, prints tables, and with --write puts them into docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { format, resolveConfig } from 'prettier'

import { withTermsLinked } from '../support/glossary/link-terms.mjs'
import { measureCrowd } from './measure/crowd.mjs'
import { measureGuarded } from './measure/guarded.mjs'
import { measureKept } from './measure/kept.mjs'
import { measureNhsApi } from './measure/nhs-api.mjs'
import { measureOutage } from './measure/outage.mjs'
import { measureSignIns } from './measure/sign-ins.mjs'
import { measureStart } from './measure/start.mjs'
import { measureWatched } from './measure/watched.mjs'
import { pageWith } from './page.mjs'
import { compare, report } from './report.mjs'
import { openBench } from './support/bench.mjs'

const EVERYTHING = ['guarded', 'nhs-api', 'sign-in', 'crowd', 'kept', 'outage', 'watched', 'start']

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: EVERYTHING.join(',') },
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '3' },
    /** Sessions of the largest population. */
    most: { type: 'string', default: '1000000' },
    write: { type: 'boolean', default: false },
    /** Another checkout of this package. */
    against: { type: 'string' },
    /** What else there is to say about the run. */
    note: { type: 'string', default: '' },
  },
})
const [rounds, seconds, most] = [values.rounds, values.seconds, values.most].map(Number)
const only = values.only.split(',')

const bench = await openBench({ against: values.against })
const found = { rounds, seconds, note: values.note }
try {
  if (only.includes('start')) found.start = await measureStart({ rounds, against: values.against })
  if (only.includes('guarded')) found.guarded = await measureGuarded(bench, { rounds, seconds })
  if (only.includes('nhs-api')) found.nhsApi = await measureNhsApi(bench, { rounds, seconds })
  if (only.includes('sign-in')) found.signIns = await measureSignIns(bench, { rounds })
  if (only.includes('watched')) found.watched = await measureWatched(bench, { sessions: 10_000 })
  if (only.includes('outage')) found.outage = await measureOutage(bench)
  if (only.includes('kept')) found.kept = await measureKept(bench, { sessions: 10_000 })
  if (only.includes('crowd')) found.crowd = await measureCrowd(bench, { rounds, seconds, sizes: [10, 10_000, most] })
} finally {
  await bench.close()
}

if (values.against !== undefined && found.start === undefined) {
  console.log(compare(found))
  process.exit(0)
}
const path = resolve(import.meta.dirname, '../../docs/performance.md')
const isWhole = EVERYTHING.every((part) => only.includes(part))
const today = new Date().toISOString().slice(0, 10)
const when = isWhole ? undefined : `Measured again on ${today}, ${rounds} rounds of ${seconds} seconds. ${values.note}`
const linked = withTermsLinked(pageWith(readFileSync(path, 'utf8'), report(found), when), 'glossary.md')
const text = await format(linked, { ...(await resolveConfig(path)), parser: 'markdown' })
console.log(text)
if (values.write) writeFileSync(path, text)
