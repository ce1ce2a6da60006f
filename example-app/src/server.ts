/** Starts the clinic as one would in production: every setting comes from the environment. */
import { cis2Auth } from 'express-cis2'
import type { Cis2Options } from 'express-cis2'

import { createClinic } from './app.js'
import { nhsApiFrom, signInOptions } from './sign-in.js'

const { env } = process
const { HOST = '127.0.0.1', PORT = '3000', CIS2_BASE_URL: baseUrl = `http://localhost:${PORT}` } = env

const auth = cis2Auth(
  signInOptions({
    environment: env.CIS2_ENVIRONMENT as Cis2Options['environment'],
    issuer: env.CIS2_ISSUER,
    clientId: env.CIS2_CLIENT_ID,
    privateKey: env.CIS2_PRIVATE_KEY,
    otherPrivateKey: env.CIS2_PRIVATE_KEY_OTHER,
    baseUrl,
    sessionSecret: env.SESSION_SECRET,
    otherSessionSecret: env.SESSION_SECRET_OTHER,
    redis: env.REDIS_URL,
    nhsApi: nhsApiFrom(env),
    // The audit stream: in production, to where your audit log is kept.
    onEvent: (event) => {
      console.log(JSON.stringify(event))
    },
  }),
)

auth.ready().then(
  () => {
    console.log('CIS2 and Redis answer: staff can sign in')
  },
  (reason: unknown) => {
    // It goes on trying, and /login answers 503 until it succeeds.
    console.error('Not ready to sign anybody in yet:', reason)
  },
)

const clinic = createClinic({
  auth,
  baseUrl,
  simulatorUrl: env.SIMULATOR_URL,
  hasNhsApi: nhsApiFrom(env) !== undefined,
})
const server = clinic.listen(Number(PORT), HOST, (error) => {
  if (error) {
    console.error(`Cannot listen on ${HOST}, port ${PORT}:`, error.message)
    process.exitCode = 1
    void auth.close()
    return
  }
  console.log(`The clinic is at ${baseUrl}`)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // Requests under way are answered first.
    void auth.drain(server)
  })
}
