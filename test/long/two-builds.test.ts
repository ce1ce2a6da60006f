/** PRC-6: this release beside the one before it, and beside the next two: everybody is served by whichever answers. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { startSimulator, type Simulator } from '../../src/simulator/index.js'
import { leaveReport } from '../schedule/long-run.js'
import { startBalancer } from '../support/app/balancer.js'
import { buildHere, buildOf } from '../support/app/build.js'
import { Crowd } from '../support/app/crowd.js'
import { deploy } from '../support/app/deployment.js'
import { startRedis, type RedisServer } from '../support/redis/redis-server.js'
import { LONG_BEFORE, LONG_MINUTES, LONG_RATE } from './settings.js'

/** What runs Redis: it does not share a processor with the applications where they are at home. */
const AS_ON_ITS_OWN_MACHINE = ['nice', '-n', '-10']

/** For each pair. */
const SECONDS = Math.max(10, Math.min(60, LONG_MINUTES * 10))
const RATE = Math.min(LONG_RATE, 50)
const PEOPLE = 12

/** As the next release will be: it knows one format more, and does or does not write it. */
function withFormats(newest: number, written: number) {
  return (folder: string): void => {
    const file = join(folder, 'src/session/record-format.ts')
    const text = readFileSync(file, 'utf8')
    const changed = text
      .replace(/(?<=NEWEST_FORMAT = )\d+/, String(newest))
      .replace(/(?<=WRITTEN_FORMAT = )\d+/, String(written))
    writeFileSync(file, changed)
  }
}

describe('two builds side by side', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const secret = randomBytes(32).toString('hex')
  let simulator: Simulator
  let redis: RedisServer

  beforeAll(async () => {
    simulator = await startSimulator({ clients: [] })
    redis = await startRedis({ within: AS_ON_ITS_OWN_MACHINE })
  })

  afterAll(async () => {
    await simulator.stop()
    await redis.stop()
  })

  it.each([
    { what: `this one and ${LONG_BEFORE}`, builds: () => [buildOf(LONG_BEFORE), buildHere()] },
    {
      what: 'this one and the next, which reads a new format',
      builds: () => [buildHere(), buildOf('HEAD', withFormats(2, 1), 'next')],
    },
    {
      what: 'the next and the one after, which writes it',
      builds: () => [buildOf('HEAD', withFormats(2, 1), 'next'), buildOf('HEAD', withFormats(2, 2), 'after')],
    },
  ])('PRC-6 $what', async ({ what, builds }) => {
    const [one = '', other = ''] = builds()
    const balancer = await startBalancer()
    const apiKey = 'clinic-at-the-platform'
    const key = { kid: 'clinic', jwk: privateKey.export({ format: 'jwk' }) }
    const { n, e } = key.jwk
    simulator.addClient({
      clientId: 'clinic',
      redirectUris: [`${balancer.url}/callback`],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwksUri: `${balancer.url}/.well-known/jwks.json`,
      apiPlatform: {
        apiKey,
        requestsPerMinute: 100_000,
        jwks: { keys: [{ kty: 'RSA', n: String(n), e: String(e), kid: key.kid, alg: 'RS512', use: 'sig' }] },
      },
    })
    const options = {
      issuer: simulator.issuer,
      clientId: 'clinic',
      clientAuthentication: { method: 'private_key_jwt', keys: [key] },
      baseUrl: balancer.url,
      nhsApi: { tokenEndpoint: `${simulator.url}/oauth2/token`, apiKey, keys: [key] },
      session: { secret, redis: redis.url },
    }
    const deployment = await deploy(balancer, 2, { build: one, options })
    const users = simulator.users.filter(
      ({ roles, authenticators }) => roles.length === 1 && authenticators[0]?.aal === 3,
    )
    const crowd = new Crowd(balancer.url, users.slice(0, 4))
    try {
      await crowd.arrive(PEOPLE)
      crowd.start(RATE)
      // The balancer hands requests out in turn: each sign-in begins at one build and ends at the other.
      await deployment.replace(0, { build: other, options })
      await delay(SECONDS * 1_000)
      await deployment.replace(1, { build: other, options })
      // And taken back.
      await deployment.replace(0, { build: one, options })
      await delay(SECONDS * 1_000)
      await crowd.stop()
    } finally {
      await crowd.stop()
      await deployment.stop()
      await balancer.stop()
    }
    const { requests, signIns, signOuts } = crowd.figures
    leaveReport(`two builds, ${what}`, [
      `${requests} guarded requests, ${signIns} sign-ins, ${signOuts} sign-outs; refused: ${crowd.refused.length}`,
      ...new Set(deployment.events.map(({ type, reason }) => `${type} ${String(reason)}`)),
    ])
    expect(crowd.refused).toEqual([])
    expect(balancer.failures).toEqual([])
    expect(deployment.events).toEqual([])
  })
})
