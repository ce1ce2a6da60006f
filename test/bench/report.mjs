// The figures of one run as docs/performance.md.
import { availableParallelism, cpus } from 'node:os'

import { CONNECTIONS, generator } from './support/load.mjs'
import { pinned } from './support/processes.mjs'
import { simulatorUser, usualSession } from './support/user.mjs'

export function report(found) {
  const parts = [
    head(found),
    found.guarded && guarded(found.guarded),
    found.nhsApi && nhsApi(found.nhsApi),
    found.signIns && signIns(found.signIns),
    found.crowd && crowd(found.crowd),
    found.kept && kept(found.kept),
    found.outage && outage(found.outage),
    found.watched && watched(found.watched),
    found.start && start(found.start),
  ]
  return parts.filter((part) => part !== undefined).join('\n\n')
}

/** This build against another one of this package: more than 1 is faster, or less processor time. */
export function compare({ guarded, signIns }) {
  const lines = []
  const line = (what, { ratio, processorRatio }) => {
    lines.push(`${what}: ${spread(ratio)} the other's rate; its processor time ${spread(processorRatio)} of ours`)
  }
  const other = guarded?.[1]
  if (other !== undefined) for (const path of ['role', 'roles']) line(`guarded /${path}`, other[path])
  if (signIns !== undefined) line('sign-in', signIns)
  return lines.join('\n')
}

function head({ rounds, seconds, note }) {
  const { roles } = simulatorUser()
  const machine = `${availableParallelism()} cores (${cpus()[0].model}), Node ${process.versions.node}`
  const where = pinned ? ' on the first core; load generator, Redis and provider have the rest' : ''
  const size = JSON.stringify(usualSession()).length
  return `# How fast it is

What a request costs with this package, beside what it costs with the packages that teams use today. All of it comes
from one run of one command, on a machine with Node and a Redis server:

\`\`\`sh
npm run bench                # all of it; the million sessions need 8 GB of memory
npm run bench -- --only guarded --rounds 5
npm run bench -- --only nhs-api   # what the option costs a request that does not use it
npm run bench -- --write     # puts the figures here; with --only, those of these sections
\`\`\`

**This run**: ${new Date().toISOString().slice(0, 10)}, ${machine}, ${rounds} rounds of ${seconds} seconds, load by ${generator} with
${CONNECTIONS} connections.${note === '' ? '' : ` ${note}`}

**How it is measured.** Every server is a process of its own${where}. All run at the same time and are
loaded in short turns, round by round, each time in another order, so that what else the machine does is the same for
all. A ratio is the median of the rounds' ratios, in brackets the least and the greatest of them. Everything is measured
of servers that are warm. Requests per second say how fast this machine was at that
moment; ratios are what carries over to another. No test asserts a time.

**What is measured.** A user with ${roles.length} roles. Peers keep her with her tokens in their session, ${(size / 1000).toFixed(1)} KB; this package runs with
its defaults, so sealed records, index, tombstones and events are on. Redis is real, the provider is this package's
simulator. Every guard asks for assurance level 3 and one of two job roles of the selected role.`
}

const times = (number) => `${number.toFixed(2)} ×`
const spread = ({ median, least, most }) => `${times(median)} (${least.toFixed(2)}–${most.toFixed(2)})`

function watched({ sessions, shares }) {
  const found = shares.map(({ store, share }) => `${(share * 100).toFixed(2)} % of one core with ${store}`)
  return `## Sessions that something stays open for

An instance that watches ${sessions.toLocaleString('en')} sessions (WebSockets, streams) spends, beyond what it spends on nothing,
${found.join(' and ')}.`
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function guarded(rows) {
  const tableOf = (path) =>
    table(
      ['', 'requests/s', 'express-cis2 against it', 'wanted', 'processor time of a request'],
      rows.map(({ name, [path]: { rate, ratio, wanted, microseconds } }, index) => [
        name,
        rate.toFixed(0),
        index === 0 ? '' : spread(ratio),
        wanted === undefined ? '' : `≥ ${times(wanted)}`,
        `${microseconds.toFixed(0)} µs`,
      ]),
    )
  return `## A guarded request

\`requireCis2({ aal: 3, roles: ['R8000', 'R8001'] })\` and a handler that answers \`sub\` and the code of the selected role:

${tableOf('role')}

The same guard, and a handler that reads \`name\` and the code of every role, for which the sealed record of the user is
opened:

${tableOf('roles')}

What each process holds after that (resident memory; with a generation of new objects as large as V8 makes it under load):

${table(
  ['', 'memory', 'ours against it', 'wanted'],
  rows.map(({ name, mostMemory, roles: { memory, memoryRatio } }, index) => [
    name,
    `${(memory / 1e6).toFixed(0)} MB`,
    index === 0 ? '' : spread(memoryRatio),
    mostMemory === undefined ? '' : `≤ ${times(mostMemory)}`,
  ]),
)}

Every guarded request is one round trip to Redis, which reads the session and slides its idle time to the second.

What keeps it short:

- The guard reads a small sealed record. The user is opened when a handler reads more than \`sub\`, level and the codes of
  the selected role; tokens are fetched when asked for.
- A session that was opened is remembered by the bytes of its sealed records (8 MB of them at most). The store is asked
  all the same, and decides: memory answers only for records that are there and have not changed.
- Requests that are read in one turn of the event loop share writes to Redis, four at most, each with a reply and a time
  limit of its own.
- What express-session sees of a session is the application's own data, so it has little to hash and compare.
- On Node 20 and 22, requests and responses are made to keep their properties in a table: V8 would copy a hidden class
  for each property that anybody adds to them.
- Nothing old refers to a request that is over. V8 gives what an object literal makes a place in old memory where it finds
  much of it alive, and under Express it does; all that such an object refers to then stays until the next full
  collection. So nothing that leads to a request is kept in one, nor in a Set that requests come and go in: the tables
  that it leaves behind are in old memory too, and full.`
}

function nhsApi(rows) {
  const cells = rows.map(({ name, rate, microseconds, ratio, processorRatio, wanted }, index) => [
    name,
    rate.toFixed(0),
    index === 0 ? '' : spread(ratio),
    wanted === undefined ? '' : `≥ ${times(wanted)}`,
    `${microseconds.toFixed(0)} µs`,
    index === 0 ? '' : spread(processorRatio),
  ])
  return `## A guarded request with \`nhsApi\`

The same guard and handler, first without the option, then with it and not used. The last one has a token in its session
and asks for its headers, which takes one more round trip to Redis and none to the platform.

${table(['', 'requests/s', 'against without', 'wanted', 'processor time of a request', 'against without'], cells)}`
}

function signIns({ warmUp, ours, raw, ratio, processorRatio }) {
  const row = (name, { rate, microseconds }, ...ratios) => [
    name,
    rate.toFixed(1),
    `${(microseconds / 1000).toFixed(1)} ms`,
    ...ratios,
  ]
  return `## A whole sign-in

From \`/login\` through the provider to the landing page, four at a time. Beside it openid-client by hand: the same
provider and RSA key, PKCE, signatures checked, UserInfo, a signed cookie for the time between and one write to Redis.
This package does more: the sign-in under way is in Redis and taken out once, user and tokens are sealed, sessions are
indexed by user and by CIS2 session, and a callback that arrives twice gets the same answer.

Each server has completed ${warmUp.toLocaleString('en')} sign-ins before: until then V8 is still compiling, and both are slower by half.

${table(
  ['', 'sign-ins/s', 'processor time of one', 'express-cis2 against it', 'by processor time', 'wanted'],
  [
    row('express-cis2', ours, '', '', ''),
    row('openid-client by hand', raw, spread(ratio), spread(processorRatio), `≥ ${times(0.92)}`),
  ],
)}`
}

function crowd(rows) {
  return `## Ten sessions or a million

Users with three roles. Requests go round among a thousand of those who are signed in (ten of ten); logout tokens come
one at a time, each for one of them. Ratios are against ten sessions: throughput is wanted at ≥ 0.80 ×, latency
at ≤ 1.20 ×.

${table(
  ['sessions', 'memory of each', 'guarded requests/s', 'against 10', 'back-channel logout', '95 %', 'against 10'],
  rows.map((row, index) => [
    row.size.toLocaleString('en'),
    row.size < 1000 ? '' : `${(row.memory / 1000).toFixed(1)} KB`,
    row.rate.toFixed(0),
    index === 0 ? '' : spread(row.rateRatio),
    `${row.logout.toFixed(2)} ms`,
    `${row.logout95.toFixed(2)} ms`,
    index === 0 ? '' : spread(row.logoutRatio),
  ]),
)}

Memory is what Redis takes: sealed user, tokens and small record, the note for the time after, and the index by user
and by CIS2 session.`
}

function kept({ sessions, found }) {
  return `## What Redis keeps of a session

All of it, as above, with a server that holds ${sessions.toLocaleString('en')} of them and nothing else.

${table(
  ['the user has', 'memory of each', 'wanted'],
  found.map(({ roles, bytes, most }) => [`${roles} roles`, `${(bytes / 1000).toFixed(2)} KB`, `≤ ${most} KB`]),
)}`
}

function outage({ asUsual, frozen, gone, back }) {
  const row = (name, { first, guarded, open }) => [
    name,
    `${first.toFixed(0)} ms`,
    `${guarded.median.toFixed(1)} ms (${guarded.most.toFixed(0)} ms)`,
    `${open.median.toFixed(1)} ms (${open.most.toFixed(0)} ms)`,
  ]
  return `## While Redis is down

What a request with a session cookie waits, one at a time: median and (longest). A guarded one is answered 503, an open
one as if nobody were signed in. As usual it is ${asUsual.toFixed(1)} ms.

${table(['Redis', 'the first, which finds out', 'guarded', 'open'], [row('frozen', frozen), row('gone', gone)])}

After the freeze the first guarded request was let in again within ${back.toFixed(0)} ms, without a restart.`
}

function start({ imports: { rows, ratios }, testKit }) {
  const row = (name, { milliseconds, imported, memory }) => [
    name,
    `${milliseconds.toFixed(0)} ms`,
    `${imported.toFixed(0)} ms`,
    `${(memory / 1e6).toFixed(0)} MB`,
  ]
  const ratio = (what) => spread(ratios[what])
  const { ours, other } = testKit
  const ms = (number) => `${number.toFixed(0)} ms`
  const than = (what) =>
    other === undefined ? '' : ` (${ms(other[what])} with the other build, ${times(ours[what] / other[what])})`
  return `## Beginning

A process of Node that imports and does nothing else; the packages beside it are \`express\`, \`express-session\`,
\`connect-redis\`, \`ioredis\` and \`openid-client\`. \`express-cis2\` imports all of these too.

${table(
  ['', 'the whole process', 'of that the import', 'memory'],
  [
    row('nothing', { ...rows.nothing, imported: 0 }),
    row('those packages', rows.peers),
    row('express-cis2', rows.ours),
    ['express-cis2 against them', ratio('milliseconds'), ratio('imported'), ratio('memory')],
    ['wanted', `≤ ${times(1.25)}`, '', `≤ ${times(1.25)}`],
  ],
)}

The test kit, from \`startTestCis2()\` to the first user who is signed in: ${ms(ours.first)}${than('first')}; each one after that
${ms(ours.later)}${than('later')}, wanted under 20 ms.`
}
