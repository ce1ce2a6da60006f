/** `npm run example`: the CIS2 simulator and the clinic on this machine, nothing else needed. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Server } from 'node:http'

import { cis2Auth } from 'express-cis2'
import { startSimulator } from 'express-cis2/simulator'

import { createClinic } from './app.js'
import { assertPortFree, listenOnLoopback, stopListening } from './loopback.js'
import { signInOptions } from './sign-in.js'
import { auditLine, welcome } from './welcome.js'

const CLIENT_ID = 'example-clinic'

try {
  await start()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function start(): Promise<void> {
  const port = await readPort('PORT', 3000)
  const simulatorPort = await readPort('SIMULATOR_PORT', 8080)
  // Different host names, as in life: the browser keeps the cookies of the two apart.
  const baseUrl = `http://localhost:${port}`

  const simulator = await startSimulator({
    port: simulatorPort,
    clients: [
      {
        clientId: CLIENT_ID,
        redirectUris: [`${baseUrl}/callback`],
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwksUri: `${baseUrl}/.well-known/jwks.json`,
        backChannelLogoutUri: `${baseUrl}/backchannel-logout`,
      },
    ],
  })

  const redis = process.env.REDIS_URL === '' ? undefined : process.env.REDIS_URL
  const auth = cis2Auth(
    signInOptions({
      issuer: simulator.issuer,
      clientId: CLIENT_ID,
      privateKey: newPrivateKey(),
      baseUrl,
      sessionSecret: randomBytes(32).toString('hex'),
      redis: redis ?? 'memory',
      idleTimeoutSeconds: readSeconds('IDLE_TIMEOUT_SECONDS'),
      onEvent: (event) => {
        console.log(auditLine(event))
      },
    }),
  )
  const servers = await listenOnLoopback(createClinic({ auth, baseUrl, simulatorUrl: simulator.url }), port)
  endWithControlC(servers, [() => auth.close(), () => simulator.stop()])
  await auth.ready()
  console.log(welcome({ baseUrl, simulator, redis }))
}

/** A key that lives as long as this process; in production it comes from a secret store. */
function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function readPort(variable: string, usual: number): Promise<number> {
  const text = process.env[variable] ?? ''
  const port = text === '' ? usual : Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`${variable} must be a port number from 1 to 65535.`)
  }
  await assertPortFree(port, variable)
  return port
}

function readSeconds(variable: string): number | undefined {
  const text = process.env[variable] ?? ''
  if (text === '') return undefined
  const seconds = Number(text)
  if (!Number.isInteger(seconds)) throw new Error(`${variable} must be a whole number of seconds.`)
  return seconds
}

function endWithControlC(servers: readonly Server[], closers: readonly (() => Promise<void>)[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopListening(servers)
      void Promise.allSettled(closers.map((close) => close()))
    })
  }
}
