/** Simulator and clinic together on this machine: for `npm run example`, and for tests in a browser. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Server } from 'node:http'

import { cis2Auth } from 'express-cis2'
import type { Cis2Event } from 'express-cis2'
import { startSimulator } from 'express-cis2/simulator'
import type { Simulator } from 'express-cis2/simulator'

import { createClinic } from './app.js'
import type { ClinicOptions } from './app.js'
import { listenOnLoopback, stopListening } from './loopback.js'
import { signInOptions } from './sign-in.js'
import type { SignInSettings } from './sign-in.js'

const CLIENT_ID = 'example-clinic'

export interface DemonstrationSettings extends Pick<ClinicOptions, 'warnBeforeSeconds' | 'checkEverySeconds'> {
  port: number
  /** 0: any free one. */
  simulatorPort: number
  /** Default: sessions in memory. */
  redis?: string | undefined
  idleTimeoutSeconds?: number | undefined
  onEvent?: (event: Cis2Event) => void
}

export interface Demonstration {
  readonly baseUrl: string
  readonly simulator: Simulator
  /** Ends both, and every connection. */
  stop(): Promise<void>
}

/** Starts both, and waits until a user can sign in; when that fails, nothing is left running. */
export async function startDemonstration(settings: DemonstrationSettings): Promise<Demonstration> {
  // The clinic is `localhost` and the simulator 127.0.0.1: as in life, the browser keeps their cookies apart.
  const baseUrl = `http://localhost:${settings.port}`
  const platform = newPlatformApp()
  const simulator = await startSimulator({
    port: settings.simulatorPort,
    clients: [{ ...registration(baseUrl), apiPlatform: platform.registration }],
  })
  try {
    const nhsApi = { ...platform.options, tokenEndpoint: `${simulator.url}/oauth2/token` }
    const stopClinic = await startClinic(settings, baseUrl, simulator, nhsApi)
    return {
      baseUrl,
      simulator,
      async stop() {
        await Promise.allSettled([stopClinic(), simulator.stop()])
      },
    }
  } catch (error) {
    await simulator.stop()
    throw error
  }
}

async function startClinic(
  settings: DemonstrationSettings,
  baseUrl: string,
  simulator: Simulator,
  nhsApi: SignInSettings['nhsApi'],
) {
  const { port, redis = 'memory', idleTimeoutSeconds, onEvent, warnBeforeSeconds, checkEverySeconds } = settings
  const auth = cis2Auth(
    signInOptions({
      issuer: simulator.issuer,
      clientId: CLIENT_ID,
      privateKey: newPrivateKey(),
      baseUrl,
      sessionSecret: randomBytes(32).toString('hex'),
      redis,
      nhsApi,
      idleTimeoutSeconds,
      onEvent,
    }),
  )
  const clinic = createClinic({
    auth,
    baseUrl,
    simulatorUrl: simulator.url,
    hasNhsApi: true,
    warnBeforeSeconds,
    checkEverySeconds,
  })
  const servers: Server[] = []
  const stop = async () => {
    stopListening(servers)
    await auth.close()
  }
  try {
    servers.push(...(await listenOnLoopback(clinic, port)))
    await auth.ready()
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

/** What one gives to CIS2 when one registers an application. */
function registration(baseUrl: string) {
  return {
    clientId: CLIENT_ID,
    redirectUris: [`${baseUrl}/callback`],
    tokenEndpointAuthMethod: 'private_key_jwt' as const,
    jwksUri: `${baseUrl}/.well-known/jwks.json`,
    backChannelLogoutUri: `${baseUrl}/backchannel-logout`,
  }
}

/** The clinic at the NHS API platform, which the simulator is as well: what it is registered with, and what it keeps. */
function newPlatformApp() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const kid = 'example-clinic-api'
  const [apiKey, apiSecret] = ['example-clinic-api-key', randomBytes(16).toString('hex')]
  const jwk = { ...publicKey.export({ format: 'jwk' }), kty: 'RSA', kid, alg: 'RS512', use: 'sig' }
  return {
    registration: { apiKey, apiSecret, jwks: { keys: [jwk] } },
    options: { apiKey, apiSecret, keys: [{ privateKey, kid }] },
  }
}

/** A key that lives as long as this process; in production it comes from a secret store. */
function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
