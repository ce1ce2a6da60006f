// Does it matter how many are signed in? Guarded requests and back-channel logouts with few and with a million.
import { performance } from 'node:perf_hooks'

import { load } from '../support/load.mjs'
import { startRedis } from '../support/processes.mjs'
import { visit } from '../support/sign-in.mjs'
import { median, pairedRatio, percentile } from '../support/statistics.mjs'
import { SELECTED_ROLE, SUBJECT, userInfo, usualSession } from '../support/user.mjs'

/** Typical of NHS staff; the ten of the other measurements are not. */
const ROLES = 3
/** Requests go round among so many of those who are signed in. */
const ACTIVE = 1_000
/** Of each population and round. */
const LOGOUTS = 100
/** So often each is asked for two seconds before anything is measured: V8 is not done compiling before. */
const WARM_UP = 4
const SESSION = { cookieName: 'crowd', keyPrefix: 'crowd:' }

export async function measureCrowd(bench, { rounds, seconds, sizes }) {
  const { openCrowd, ScriptedProvider } = await import(bench.built.crowd)
  const provider = await ScriptedProvider.start()
  const populations = []
  try {
    for (const size of sizes) populations.push(await populate(bench, { size, openCrowd, provider }))
    for (let turn = 0; turn < WARM_UP; turn++) {
      for (const { server, cookies } of populations) await load(server, '/role', cookies, 2)
    }
    for (let round = 0; round < rounds; round++) {
      for (const population of inTurn(populations, round)) await measureRate(population, seconds)
      await measureLogouts(populations, provider)
    }
  } finally {
    for (const { server, crowd, redis } of populations) {
      await server.stop()
      await crowd.close()
      await redis.stop()
    }
    await provider.stop()
  }
  const [few] = populations
  return populations.map(({ size, memory, rates, latencies }) => ({
    size,
    memory,
    rate: median(rates),
    rateRatio: pairedRatio(rates, few.rates),
    logout: median(latencies.flat()),
    logout95: percentile(latencies.flat(), 0.95),
    logoutRatio: pairedRatio(latencies.map(median), few.latencies.map(median)),
  }))
}

async function populate(bench, { size, openCrowd, provider }) {
  const redis = await startRedis()
  const settings = {
    issuer: provider.issuer,
    client: { id: provider.clientId, privateKey: bench.privateKey },
    redis: redis.url,
    session: SESSION,
  }
  const server = await bench.startServer('servers/cis2.mjs', settings, true)
  const crowd = openCrowd(crowdSettings(bench, { provider, redis, baseUrl: server.url }))
  const before = await usedMemory(redis)
  const members = await crowd.add(size, Math.max(1, Math.floor(size / ACTIVE)))
  const memory = ((await usedMemory(redis)) - before) / size
  console.error(`${size} sessions: ${memory.toFixed(0)} bytes each`)
  return { size, redis, server, crowd, memory, cookies: members.map(({ cookie }) => cookie), rates: [], latencies: [] }
}

/** What a crowd is opened with, and an instance that reads what it writes. */
export function crowdSettings(bench, { provider, redis, baseUrl, roles = ROLES }) {
  const { idToken, accessToken } = usualSession()
  return {
    options: {
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: bench.privateKey }] },
      baseUrl,
      session: { secret: bench.secret, redis: redis.url, ...SESSION },
    },
    redis: redis.url,
    idToken: idTokenClaims(),
    userInfo: userInfo(roles),
    tokens: { idToken, accessToken },
  }
}

function idTokenClaims() {
  return {
    sub: SUBJECT,
    authentication_assurance_level: '3',
    id_assurance_level: '3',
    acr: 'AAL3_ANY',
    amr: ['CIS2_SMARTCARD'],
    auth_time: Math.floor(Date.now() / 1000),
    selected_roleid: SELECTED_ROLE,
  }
}

/** Everybody in turn, each time another one first. */
function inTurn(populations, round) {
  const first = round % populations.length
  return [...populations.slice(first), ...populations.slice(0, first)]
}

async function measureRate({ size, server, cookies, rates }, seconds) {
  const { rate } = await load(server, '/role', cookies, seconds)
  rates.push(rate)
  console.error(`${size} sessions: ${rate.toFixed(0)}/s`)
}

/** One here, one there, so that what else the machine does is the same for all. */
async function measureLogouts(populations, provider) {
  for (const population of populations) {
    const members = await population.crowd.add(LOGOUTS)
    population.tokens = await Promise.all(members.map(({ sid }) => provider.logoutToken({ sid })))
    population.latencies.push([])
  }
  for (let logout = 0; logout < LOGOUTS; logout++) {
    for (const { server, tokens, latencies } of inTurn(populations, logout)) {
      latencies.at(-1).push(await logOut(server, tokens[logout]))
    }
  }
  for (const { size, latencies } of populations) {
    console.error(`${size} sessions: logout ${median(latencies.at(-1)).toFixed(2)} ms`)
  }
}

async function logOut(server, token) {
  const start = performance.now()
  const { status } = await visit(`${server.url}/backchannel-logout`, new Map(), { logout_token: token })
  const waited = performance.now() - start
  if (status !== 200) throw new Error(`The logout token was answered ${status}.`)
  return waited
}

/** In bytes, of a Redis of ours. */
export async function usedMemory(redis) {
  return Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))[1])
}
