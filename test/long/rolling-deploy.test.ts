/** PRC-2: instances replaced one by one, while secrets and keys change in steps: nobody is refused, nobody signed out. */
import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { startSimulator, type SimulatorClient } from '../../src/simulator/index.js'
import { leaveReport } from '../schedule/long-run.js'
import { startBalancer } from '../support/app/balancer.js'
import { buildHere } from '../support/app/build.js'
import { Crowd } from '../support/app/crowd.js'
import { deploy, type InstanceConfig } from '../support/app/deployment.js'
import { startRedis } from '../support/redis/redis-server.js'
import { LONG_RATE } from './settings.js'

/** What runs Redis: it does not share a processor with the applications where they are at home. */
const AS_ON_ITS_OWN_MACHINE = ['nice', '-n', '-10']

const INSTANCES = 4
const PEOPLE = 20
/** Between two deployments, in milliseconds. */
const CALM = 2_000

interface Key {
  readonly kid: string
  readonly jwk: JsonWebKey
  readonly publicJwk: JsonWebKey & { readonly kty: string }
}

function newKey(kid: string): Key {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicJwk = publicKey.export({ format: 'jwk' })
  return { kid, jwk: privateKey.export({ format: 'jwk' }), publicJwk: { ...publicJwk, kty: 'RSA' } }
}

const newSecret = () => randomBytes(32).toString('hex')

/** What changes from one deployment to the next. */
interface Step {
  readonly what: string
  readonly secret: readonly string[]
  readonly cis2: readonly Key[]
  readonly nhsApi: readonly Key[]
}

it('PRC-2 a rolling deploy in which session secret, CIS2 key and API key change refuses nobody', async () => {
  const build = buildHere()
  const redis = await startRedis({ within: AS_ON_ITS_OWN_MACHINE })
  const balancer = await startBalancer()
  const simulator = await startSimulator({ clients: [] })
  const [oldSecret, nextSecret] = [newSecret(), newSecret()]
  const [oldKey, nextKey] = [newKey('cis2-1'), newKey('cis2-2')]
  const [oldApiKey, nextApiKey] = [newKey('api-1'), newKey('api-2')]
  const apiKey = newSecret()

  /** CIS2 fetches the keys for its own; the platform is told of the API's. */
  function register(apiKeys: readonly Key[]): void {
    const client: SimulatorClient = {
      clientId: 'clinic',
      redirectUris: [`${balancer.url}/callback`],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwksUri: `${balancer.url}/.well-known/jwks.json`,
      apiPlatform: {
        apiKey,
        requestsPerMinute: 100_000,
        jwks: { keys: apiKeys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, alg: 'RS512', use: 'sig' })) },
      },
    }
    simulator.addClient(client)
  }

  function configOf({ secret, cis2, nhsApi }: Step): InstanceConfig {
    const keys = (some: readonly Key[]) => some.map(({ kid, jwk }) => ({ kid, jwk }))
    return {
      build,
      options: {
        issuer: simulator.issuer,
        clientId: 'clinic',
        clientAuthentication: { method: 'private_key_jwt', keys: keys(cis2) },
        baseUrl: balancer.url,
        nhsApi: { tokenEndpoint: `${simulator.url}/oauth2/token`, apiKey, keys: keys(nhsApi) },
        session: { secret, redis: redis.url },
      },
    }
  }

  const before: Step = { what: 'as it was', secret: [oldSecret], cis2: [oldKey], nhsApi: [oldApiKey] }
  const publish: Step = { ...before, what: 'known', secret: [oldSecret, nextSecret], cis2: [oldKey, nextKey] }
  const use: Step = {
    what: 'used',
    secret: [nextSecret, oldSecret],
    cis2: [nextKey, oldKey],
    nhsApi: [nextApiKey],
  }
  const forget: Step = { what: 'the old ones forgotten', secret: [nextSecret], cis2: [nextKey], nhsApi: [nextApiKey] }

  register([oldApiKey])
  const deployment = await deploy(balancer, INSTANCES, configOf(before))
  const users = simulator.users.filter(
    ({ roles, authenticators }) => roles.length === 1 && authenticators[0]?.aal === 3,
  )
  const crowd = new Crowd(balancer.url, users.slice(0, 4))
  const took: string[] = []
  try {
    await crowd.arrive(PEOPLE)
    crowd.start(LONG_RATE)
    for (const step of [publish, use, forget]) {
      await delay(CALM)
      if (step === publish) register([oldApiKey, nextApiKey])
      // By then `absoluteTimeoutSeconds` are over: nobody is left who signed in under the old secret.
      if (step === forget) await crowd.renew()
      const from = performance.now()
      await deployment.roll(configOf(step))
      took.push(`${step.what}: ${((performance.now() - from) / 1_000).toFixed(0)} s`)
      if (step === forget) register([nextApiKey])
    }
    await delay(CALM)
    await crowd.stop()
  } finally {
    await crowd.stop()
    await deployment.stop()
    await balancer.stop()
    await simulator.stop()
    await redis.stop()
  }
  const { requests, signIns, signOuts, apiCalls, slowest, seconds, instances } = crowd.figures
  leaveReport('rolling deploy', [
    `${INSTANCES} instances replaced three times (${took.join(', ')}), ${instances.size} processes served`,
    `${requests} guarded requests in ${seconds.toFixed(0)} s (${(requests / seconds).toFixed(0)}/s of ${LONG_RATE}/s asked for), slowest ${slowest.toFixed(0)} ms`,
    `${signIns} sign-ins and calls of an NHS API (${apiCalls}), ${signOuts} sign-outs; refused: ${crowd.refused.length}`,
    ...new Set(deployment.events.map(({ type, reason }) => `${type} ${String(reason)}`)),
  ])
  expect(crowd.refused).toEqual([])
  expect(balancer.failures).toEqual([])
  expect(deployment.unclean).toEqual([])
  expect(deployment.events).toEqual([])
  expect(instances.size).toBe(4 * INSTANCES)
})
