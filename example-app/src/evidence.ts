/** For `npx express-cis2 evidence`: the options that the clinic runs with, and the clinic for whichever options it is given. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'

import { cis2Auth } from 'express-cis2'
import type { Cis2Options } from 'express-cis2'
import type { Express } from 'express'

import { createClinic } from './app.js'
import { signInOptions } from './sign-in.js'

const { env } = process

/** As in server.ts; without the environment of a deployed clinic, made-up values stand in for what differs there. */
export default signInOptions({
  environment: (env.CIS2_ENVIRONMENT as Cis2Options['environment']) ?? 'int',
  clientId: env.CIS2_CLIENT_ID ?? 'example-clinic.apps.national',
  privateKey: env.CIS2_PRIVATE_KEY ?? madeUpKey(),
  baseUrl: env.CIS2_BASE_URL ?? 'https://clinic.example.nhs.uk',
  sessionSecret: env.SESSION_SECRET ?? madeUpSecret(),
  redis: env.REDIS_URL ?? 'rediss://redis.clinic.example.nhs.uk:6379',
})

/** The clinic, with the options that the rehearsal has changed. */
export function createApp(options: Cis2Options): Express {
  return createClinic({ auth: cis2Auth(options), baseUrl: String(options.baseUrl) })
}

function madeUpKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function madeUpSecret(): string {
  return randomBytes(32).toString('hex')
}
