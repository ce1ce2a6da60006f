// A crowd of clients, a process of its own: each sends its next request as soon as the last one is answered.
// Reads { "kind", "url", "clients", "seconds", … } from its input; prints what was answered, and how long that took.
// Strangers pause for a second in three, by the clock, so that others are measured with and without them by turns.
import { request, Agent } from 'node:http'
import { performance } from 'node:perf_hooks'
import { json } from 'node:stream/consumers'
import { URLSearchParams } from 'node:url'

const { kind, url, clients, seconds, cookie, tokens = [] } = await json(process.stdin)
const agent = new Agent({ keepAlive: true, maxSockets: clients })
const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

const KINDS = {
  guarded: () => ask('/me', { cookie }),
  login: () => ask('/login?returnTo=/patients', NAVIGATION),
  'login with invented cookies': (index) => ask('/login', { ...NAVIGATION, cookie: inventedCookies(index) }),
  'guarded pages': () => ask('/me', NAVIGATION),
  'forged session cookies': () => ask('/me', { cookie: cookie.slice(0, -8) + '00000000' }),
  callbacks: inventedCallback,
  'logout tokens': (index) => ask('/backchannel-logout', FORM, `logout_token=${tokens[index % tokens.length]}`),
}

const statuses = {}
const during = { flood: [], pause: [] }
const isStranger = kind !== 'guarded'
const until = performance.now() + seconds * 1000
let sent = 0
await Promise.all(Array.from({ length: clients }, client))
console.log(JSON.stringify({ statuses, flood: summaryOf(during.flood), pause: summaryOf(during.pause) }))
process.exit(0)

async function client() {
  while (performance.now() < until) {
    if (isStranger && phase() !== 'flood') {
      await new Promise((resolve) => setTimeout(resolve, 10))
      continue
    }
    const from = performance.now()
    const begun = phase()
    const { status } = await KINDS[kind](sent++)
    // What spans both says nothing about either.
    if (begun === phase()) during[begun]?.push(performance.now() - from)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
}

/** The first moments of each are neither. */
function phase() {
  const at = Date.now() % 3000
  if (at < 2000) return isStranger || at > 200 ? 'flood' : undefined
  return at > 2200 ? 'pause' : undefined
}

function summaryOf(milliseconds) {
  milliseconds.sort((one, other) => one - other)
  const at = (share) => Number((milliseconds[Math.floor(milliseconds.length * share)] ?? 0).toFixed(1))
  return { requests: milliseconds.length, median: at(0.5), p99: at(0.99) }
}

/** A sign-in of the stranger's own, and a code that CIS2 never gave. */
async function inventedCallback(index) {
  const begun = await ask('/login', NAVIGATION)
  if (begun.status !== 302) return begun
  const asked = new URL(begun.headers.location)
  const query = new URLSearchParams({
    code: `invented-${process.pid}-${index}`,
    state: asked.searchParams.get('state'),
  })
  query.set('iss', asked.href.slice(0, asked.href.indexOf('/authorize?')))
  const own = begun.headers['set-cookie'].map((line) => line.split(';')[0]).join('; ')
  return ask(`/callback?${query}`, { ...NAVIGATION, cookie: own })
}

function inventedCookies(index) {
  return Array.from({ length: 60 }, (_, at) => {
    const id = (index * 60 + at).toString(16).padStart(32, '0')
    return `${cookie}-${id}=0000000001${id}${id}`
  }).join('; ')
}

function ask(path, headers = {}, body = undefined) {
  return new Promise((resolve) => {
    const sending = request(url + path, { agent, headers, method: body === undefined ? 'GET' : 'POST' }, (answer) => {
      answer.resume().once('end', () => resolve({ status: answer.statusCode, headers: answer.headers }))
    })
    sending.once('error', () => resolve({ status: 'cut', headers: {} }))
    sending.end(body)
  })
}
