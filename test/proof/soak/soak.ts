/** Everything at once, for as long as is asked for: people, failing servers, changing keys and secrets; and what is held after it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { startSimulator, type Simulator } from '../../../src/simulator/index.js'
import type { SimulatorUser } from '../../../src/simulator/users.js'
import { startBalancer } from '../../support/app/balancer.js'
import { buildHere } from '../../support/app/build.js'
import { deploy, type Deployment, type InstanceConfig, type Measured } from '../../support/app/deployment.js'
import { PATIENT, sentinelFailover } from '../../support/redis/topology-failover.js'
import { startSentinel, type SentinelSetup } from '../../support/redis/redis-topologies.js'
import { Draws } from '../draws.js'
import { People, PRESENT, type SoakFigures } from './people.js'

export interface SoakReport {
  readonly figures: SoakFigures
  readonly wrong: readonly string[]
  /** Of each instance: memory in the last third of the time against the third before, 1 is the same. */
  readonly memory: readonly number[]
  /** Bytes, at the end. */
  readonly held: readonly number[]
  /** Keys that would stay in Redis for ever, of all that were looked at. */
  readonly everlasting: readonly string[]
  readonly keysSeen: number
  /** Of each instance, those beyond what it began with. */
  readonly handles: readonly string[]
  readonly failovers: number
  readonly keyRotations: number
  readonly unclean: readonly string[]
}

const INSTANCES = 2
const USERS = 40
/** Of the whole time: secrets and keys of the application have changed by then, and memory is looked at from then on. */
const SETTLED = 1 / 3
/** Nobody is asked to wait for the store for longer after a failover, in milliseconds. */
const RECOVERY = 10_000
/** The Sentinels wait so long, in milliseconds: beside other work, a server that lives is late at times. */
const TAKEN_FOR_DEAD = 5_000
const MEASURE_EVERY = 15_000
const TELL_EVERY = 60_000
const ROTATE_EVERY = 3 * 60_000
const FAIL_EVERY = 5 * 60_000
/** What was opened for somebody may stay open so long after she has left. */
const HANDLES_GO_WITHIN = 120_000

export async function soak(milliseconds: number, seed: number, tell: (line: string) => void): Promise<SoakReport> {
  const setup = await startSentinel(PATIENT)
  const balancer = await startBalancer()
  const simulator = await startSimulator({ clients: [], users: users() })
  const application = newApplication(simulator, balancer.url, setup)
  const deployment = await deploy(balancer, INSTANCES, application.config([application.secrets.first]))
  let troubledUntil = 0
  const isTroubled = () => performance.now() < troubledUntil
  const people = new People(balancer.url, simulator, new Draws().begin(seed, 0), isTroubled)
  const begun = performance.now()
  let hasFailed = false
  const passed = () => (hasFailed ? 1 : (performance.now() - begun) / milliseconds)
  const measures: { readonly at: number; readonly of: readonly Measured[] }[] = []
  const counts = { failovers: 0, keyRotations: 0 }
  const seen = { keys: 0, everlasting: new Set<string>() }
  const failing = sentinelFailover(setup, TAKEN_FOR_DEAD)

  async function repeat(every: number, from: number, work: () => Promise<void>): Promise<void> {
    for (let due = Math.max(from * milliseconds, 0); ; due += every) {
      while (performance.now() - begun < due && passed() < 1) await delay(200)
      if (passed() >= 1) return
      await work()
    }
  }

  /** The secret of the sessions is made known, used, and the old one forgotten, in three deployments one by one. */
  async function changeSecrets(): Promise<Measured[]> {
    const { first, next } = application.secrets
    for (const secret of [
      [first, next],
      [next, first],
    ]) {
      await delay(milliseconds * 0.03)
      await deployment.roll(application.config(secret))
    }
    await people.renew()
    await deployment.roll(application.config([next]))
    return deployment.measure()
  }

  async function failOver(): Promise<void> {
    troubledUntil = Infinity
    await failing.kill()
    await failing.heal()
    troubledUntil = performance.now() + RECOVERY
    counts.failovers += 1
  }

  try {
    await people.arrive(PRESENT)
    people.start()
    const settling = changeSecrets()
    const every = Math.min(FAIL_EVERY, milliseconds / 6)
    await Promise.all([
      settling.then(() =>
        repeat(
          MEASURE_EVERY,
          SETTLED,
          async () => void measures.push({ at: passed(), of: await deployment.measure() }),
        ),
      ),
      // The last one leaves time to come back.
      settling.then(() => repeat(every, SETTLED, async () => (passed() < 0.95 ? failOver() : undefined))),
      repeat(ROTATE_EVERY, 0.02, async () => {
        await simulator.rotateKeys()
        counts.keyRotations += 1
      }),
      repeat(TELL_EVERY, 0, async () => {
        await lookAtKeys(setup, seen)
        const { signIns, requests, askedToWait } = people.figures
        const memory = measures.at(-1)?.of.map(inMegabytes).join(', ') ?? 'not yet'
        tell(
          `soak: ${(100 * passed()).toFixed(0)} %, ${signIns} sign-ins, ${requests} requests, ${counts.failovers} failovers, ${askedToWait} asked to wait, ${people.wrong.length} wrong; memory ${memory}`,
        )
      }),
    ])
    await people.stop()
    await lookAtKeys(setup, seen)
    return {
      figures: people.figures,
      wrong: [...people.wrong, ...balancer.failures],
      memory: growthOf(measures),
      held: measures.at(-1)?.of.map(({ memory }) => memory) ?? [],
      everlasting: [...seen.everlasting],
      keysSeen: seen.keys,
      handles: await handlesBeyondStart(deployment, () => {
        balancer.rest()
      }),
      ...counts,
      unclean: deployment.unclean,
    }
  } finally {
    // What repeats ends with what has failed.
    hasFailed = true
    people.abandon()
    await deployment.stop()
    await balancer.stop()
    await simulator.stop()
    await setup.stop()
  }
}

function users(): SimulatorUser[] {
  return Array.from({ length: USERS }, (_, at) => ({
    sub: String(555_000_700_000 + at),
    name: `Nurse Number ${at}`,
    description: 'One of many.',
    givenName: 'Ngozi',
    familyName: `Number ${at}`,
    authenticators: [
      { name: 'smartcard', aal: 3, amr: ['CIS2_SMARTCARD'], acr: 'AAL3_ANY' },
      { name: 'app', aal: 2, amr: ['AUTHENTICATOR_APP'], acr: 'AAL2_OR_AAL3_ANY' },
    ],
    identityAssuranceLevel: 3,
    roles: [
      {
        person_orgid: '555011112222',
        person_roleid: String(555_000_800_000 + at),
        org_code: 'A99901',
        role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
        role_code: 'S8000:G8000:R8001',
      },
    ],
    organisations: [{ org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }],
  }))
}

function newApplication(simulator: Simulator, url: string, { name, sentinels }: SentinelSetup) {
  const [key, apiKey] = [newKey('cis2'), newKey('api')]
  const secret = randomBytes(32).toString('hex')
  const build = buildHere()
  simulator.addClient({
    clientId: 'clinic',
    redirectUris: [`${url}/callback`],
    backChannelLogoutUri: `${url}/backchannel-logout`,
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwksUri: `${url}/.well-known/jwks.json`,
    apiPlatform: {
      apiKey: secret,
      requestsPerMinute: 100_000,
      jwks: { keys: [{ ...apiKey.publicJwk, kid: apiKey.kid, alg: 'RS512', use: 'sig' }] },
    },
  })
  return {
    secrets: { first: randomBytes(32).toString('hex'), next: randomBytes(32).toString('hex') },
    config: (secrets: readonly string[]): InstanceConfig => ({
      build,
      options: {
        issuer: simulator.issuer,
        clientId: 'clinic',
        clientAuthentication: { method: 'private_key_jwt', keys: [{ kid: key.kid, jwk: key.jwk }] },
        baseUrl: url,
        aal: 2,
        nhsApi: {
          tokenEndpoint: `${simulator.url}/oauth2/token`,
          apiKey: secret,
          keys: [{ kid: apiKey.kid, jwk: apiKey.jwk }],
        },
        session: { secret: secrets, redis: { sentinels, name } },
      },
    }),
  }
}

function newKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kty: 'RSA' }
  return { kid, jwk: privateKey.export({ format: 'jwk' }), publicJwk }
}

/** Each key of whichever server leads: how long it will live. */
async function lookAtKeys(
  { primary, replica }: SentinelSetup,
  seen: { keys: number; readonly everlasting: Set<string> },
): Promise<void> {
  for (const { admin } of [primary, replica]) {
    if (admin.status !== 'ready') continue
    const keys = await admin.keys('*')
    const lives = await Promise.all(keys.map((key) => admin.pttl(key)))
    seen.keys += keys.length
    // What names nobody: the kind of the key stands after its slot.
    for (const [at, key] of keys.entries()) if (lives[at] === -1) seen.everlasting.add(key.replace(/\{[^}]*\}/, '{…}'))
  }
}

function growthOf(measures: readonly { readonly at: number; readonly of: readonly Measured[] }[]): number[] {
  const middle = (1 + SETTLED) / 2
  const of = (isLate: boolean, instance: number) =>
    median(measures.filter(({ at }) => at >= middle === isLate).map((one) => one.of[instance]?.memory ?? NaN))
  return (measures[0]?.of ?? []).map((_, instance) => of(true, instance) / of(false, instance))
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

const inMegabytes = ({ memory }: Measured) => `${(memory / 1e6).toFixed(1)} MB`

/** New instances have what the old ones have, once nobody is there: else something was left open. */
async function handlesBeyondStart(deployment: Deployment, rest: () => void): Promise<string[]> {
  const end = performance.now() + HANDLES_GO_WITHIN
  for (;;) {
    rest()
    const beyond = (await deployment.measure()).flatMap(({ handles, pid }) => {
      const kinds = countsOf(handles)
      const first = countsOf(deployment.handlesAtStart.get(pid) ?? [])
      return [...kinds]
        .filter(([kind, count]) => count > (first.get(kind) ?? 0))
        .map(([kind, count]) => `${pid}: ${count} ${kind} against ${first.get(kind) ?? 0}`)
    })
    if (beyond.length === 0 || performance.now() > end) return beyond
    await delay(1_000)
  }
}

function countsOf(kinds: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
