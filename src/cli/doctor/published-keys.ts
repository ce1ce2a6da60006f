/** Whether the keys of the configuration are where CIS2 reads them: at the application's JWKS address. */
import type { JWK } from 'jose'

import type { Cis2Config, ParsedSigningKey } from '../../options/cis2-config.js'
import { keyToSignWith } from '../../oidc/signing-keys.js'
import type { JsonObject } from '../../outbound/json.js'
import { isRecord } from '../../primitives/is-record.js'
import { type Answer, type Ask, FROM_HERE, UnansweredError } from './ask-application.js'
import { type Finding, ok, problem, warning } from './findings.js'
import { wrongAnswer } from './wrong-answer.js'

export interface PublishedKey {
  readonly kid: string
  /** Where it is to be. */
  readonly address: string
  /** `unreadable`: no key set was found there. */
  readonly seen: 'same' | 'other-key' | 'missing' | 'unreadable'
}

export async function checkPublishedKeys({ clientAuthentication, routes }: Cis2Config, ask: Ask): Promise<Finding[]> {
  if (clientAuthentication.method !== 'private_key_jwt') return []
  if (routes.jwks === false) {
    const cause = 'CIS2 finds the keys elsewhere, and this command does not know where.'
    const cure = 'Compare them by hand after each change of keys, or leave the route on.'
    return [warning('published-keys', 'routes.jwks is false', cause, cure)]
  }
  const answer = await ask(routes.jwks)
  const published = keysIn(answer)
  if (published === undefined) return [wrongAnswer('published-keys', answer)]
  const { address } = answer
  const wrong = clientAuthentication.keys
    .map(({ kid, publicJwk }) => ({ kid, seen: lookFor(publicJwk, published) }))
    .filter(({ seen }) => seen !== 'same')
  if (wrong.length === 0) return [ok('published-keys', `${address} has every key of this configuration`, FROM_HERE)]
  return wrong.map(({ kid, seen }) => missingKey(kid, address, seen === 'other-key'))
}

/** The key that signs now; undefined when the keys are not at the application, or a secret is used. */
export async function findPublishedKey(
  { clientAuthentication, routes, clock }: Cis2Config,
  ask: Ask,
): Promise<PublishedKey | undefined> {
  if (clientAuthentication.method !== 'private_key_jwt' || routes.jwks === false) return undefined
  const key: ParsedSigningKey | undefined = keyToSignWith(clientAuthentication.keys, clock())
  if (key === undefined) return undefined
  const { kid, publicJwk } = key
  try {
    const answer = await ask(routes.jwks)
    const published = keysIn(answer)
    const seen = published === undefined ? 'unreadable' : lookFor(publicJwk, published)
    return { kid, address: answer.address, seen }
  } catch (error) {
    if (!(error instanceof UnansweredError)) throw error
    return { kid, address: error.address, seen: 'unreadable' }
  }
}

function keysIn({ status, json }: Answer): readonly JsonObject[] | undefined {
  return status === 200 && Array.isArray(json?.keys) ? json.keys.filter(isRecord) : undefined
}

function lookFor(key: JWK, published: readonly JsonObject[]): 'same' | 'other-key' | 'missing' {
  if (published.some((each) => isSameKey(each, key))) return 'same'
  return published.some(({ kid }) => kid === key.kid) ? 'other-key' : 'missing'
}

function isSameKey(published: JsonObject, ours: JWK): boolean {
  const names = ['kid', 'kty', 'n', 'e', 'crv', 'x', 'y'] as const
  return names.every((name) => published[name] === ours[name]) && (published.use ?? 'sig') === 'sig'
}

function missingKey(kid: string, address: string, hasNamesake: boolean): Finding {
  return problem(
    'published-keys',
    hasNamesake ? `another key is published as ${kid} at ${address}` : `${kid} is not published at ${address}`,
    'CIS2 answers invalid_client ("JWT is not valid") to an assertion signed with a key that it does not find.',
    'Deploy with the same keys, give each its own kid, and sign with a new one after 24 hours only (notBefore).',
  )
}
