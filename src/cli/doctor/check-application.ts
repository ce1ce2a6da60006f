/** What the deployed application answers through whatever stands in front of it, as CIS2 and a browser would see it. */
import { isRecord } from '../../primitives/is-record.js'
import type { JWK } from 'jose'

import type { Cis2Config } from '../../options/cis2-config.js'
import type { JsonObject } from '../../outbound/json.js'
import { type Ask, createAsk, UnansweredError } from './ask-application.js'
import { checkSignIn } from './check-sign-in.js'
import { type Finding, ok, problem, warning } from './findings.js'
import { wrongAnswer } from './wrong-answer.js'

/** Asks the application at `baseUrl`. It need not run on this machine. */
export async function checkApplication(config: Cis2Config, fetchApplication: typeof fetch): Promise<Finding[]> {
  const ask = createAsk(config, fetchApplication)
  const checks = [checkPublishedKeys, checkSignIn, checkBackChannelLogout]
  try {
    return (await Promise.all(checks.map((check) => check(config, ask)))).flat()
  } catch (error) {
    if (!(error instanceof UnansweredError)) throw error
    return [unanswered(error)]
  }
}

function unanswered({ address, message }: UnansweredError): Finding {
  return problem(
    'application',
    `${address} does not answer (${message})`,
    'CIS2 and browsers reach the application at baseUrl, and nowhere else.',
    'Start the application; check baseUrl, DNS, firewall and certificate. Before the first deployment use --no-app.',
  )
}

async function checkPublishedKeys({ clientAuthentication, routes }: Cis2Config, ask: Ask): Promise<Finding[]> {
  if (clientAuthentication.method !== 'private_key_jwt') return []
  if (routes.jwks === false) {
    const cause = 'CIS2 finds the keys elsewhere, and this command does not know where.'
    const cure = 'Compare them by hand after each change of keys, or leave the route on.'
    return [warning('published-keys', 'routes.jwks is false', cause, cure)]
  }
  const answer = await ask(routes.jwks)
  const { address, json } = answer
  if (answer.status !== 200 || !Array.isArray(json?.keys)) return [wrongAnswer('published-keys', answer)]
  const published = json.keys.filter(isRecord)
  const missing = clientAuthentication.keys.filter(
    ({ publicJwk }) => !published.some((key) => isSameKey(key, publicJwk)),
  )
  if (missing.length === 0) return [ok('published-keys', `${address} has every key of this configuration`)]
  return missing.map(({ kid }) => missingKey(kid, address, published))
}

function missingKey(kid: string, address: string, published: readonly JsonObject[]): Finding {
  const hasNamesake = published.some((key) => key.kid === kid)
  return problem(
    'published-keys',
    hasNamesake ? `another key is published as ${kid} at ${address}` : `${kid} is not published at ${address}`,
    'CIS2 answers invalid_client ("JWT is not valid") to an assertion signed with a key that it does not find.',
    'Deploy with the same keys, give each its own kid, and sign with a new one after 24 hours only (notBefore).',
  )
}

function isSameKey(published: JsonObject, ours: JWK): boolean {
  const names = ['kid', 'kty', 'n', 'e', 'crv', 'x', 'y'] as const
  return names.every((name) => published[name] === ours[name]) && (published.use ?? 'sig') === 'sig'
}

async function checkBackChannelLogout({ routes }: Cis2Config, ask: Ask): Promise<Finding[]> {
  if (routes.backChannelLogout === false) return []
  // Without a token: it must be refused, and by express-cis2.
  const answer = await ask(routes.backChannelLogout, { logout_token: '' })
  const isOurs = answer.status === 400 && answer.json?.error === 'invalid_request'
  return [
    isOurs
      ? ok('back-channel-logout-route', `${answer.address} takes logout tokens`)
      : wrongAnswer('back-channel-logout-route', answer),
  ]
}
