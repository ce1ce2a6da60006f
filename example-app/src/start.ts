/** `npm run example`: the CIS2 simulator and the clinic on this machine, nothing else needed. */
import { isCis2Error } from 'express-cis2'

import { startDemonstration } from './demonstration.js'
import { assertPortFree } from './loopback.js'
import { whenNpmIsGone } from './npm-gone.js'
import { auditLine, welcome } from './welcome.js'

try {
  await start()
} catch (error) {
  console.error(inOneSentence(error))
  process.exitCode = 1
}

async function start(): Promise<void> {
  const port = readPort('PORT', 3000)
  const simulatorPort = readPort('SIMULATOR_PORT', 8080)
  if (port === simulatorPort) throw new Error('PORT and SIMULATOR_PORT must be two different ports.')
  await assertPortFree(port, 'PORT')
  await assertPortFree(simulatorPort, 'SIMULATOR_PORT')
  const redis = setting('REDIS_URL')
  const demonstration = await startDemonstration({
    port,
    simulatorPort,
    redis,
    idleTimeoutSeconds: seconds('IDLE_TIMEOUT_SECONDS'),
    onEvent: (event) => {
      console.log(auditLine(event))
    },
  })
  const stop = () => void demonstration.stop()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  whenNpmIsGone(stop)
  console.log(welcome({ ...demonstration, redis }))
}

function inOneSentence(error: unknown): string {
  if (isCis2Error(error) && error.code === 'CIS2_STORE_UNAVAILABLE') {
    return 'No Redis answers at REDIS_URL: start one there, or unset REDIS_URL to keep the sessions in memory.'
  }
  return error instanceof Error ? error.message : String(error)
}

function setting(variable: string): string | undefined {
  const text = process.env[variable]
  return text === '' ? undefined : text
}

function readPort(variable: string, usual: number): number {
  const port = Number(setting(variable) ?? usual)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`${variable} must be a port number from 1 to 65535.`)
  }
  return port
}

function seconds(variable: string): number | undefined {
  const text = setting(variable)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${variable} must be a whole number of seconds.`)
  return value
}
