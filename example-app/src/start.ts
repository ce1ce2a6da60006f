/** `npm run example`: the CIS2 simulator and the clinic on this machine, nothing else needed. */
import { startDemonstration } from './demonstration.js'
import { assertPortFree } from './loopback.js'
import { auditLine, welcome } from './welcome.js'

try {
  await start()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function start(): Promise<void> {
  const redis = setting('REDIS_URL')
  const demonstration = await startDemonstration({
    port: await freePort('PORT', 3000),
    simulatorPort: await freePort('SIMULATOR_PORT', 8080),
    redis,
    idleTimeoutSeconds: seconds('IDLE_TIMEOUT_SECONDS'),
    onEvent: (event) => {
      console.log(auditLine(event))
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void demonstration.stop()
    })
  }
  console.log(welcome({ ...demonstration, redis }))
}

function setting(variable: string): string | undefined {
  const text = process.env[variable]
  return text === '' ? undefined : text
}

async function freePort(variable: string, usual: number): Promise<number> {
  const port = Number(setting(variable) ?? usual)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`${variable} must be a port number from 1 to 65535.`)
  }
  await assertPortFree(port, variable)
  return port
}

function seconds(variable: string): number | undefined {
  const text = setting(variable)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${variable} must be a whole number of seconds.`)
  return value
}
