/** Which application an assertion comes from, and whether it signed it: the platform's part from API key to audience. */
import { compactVerify, type CryptoKey, importJWK } from 'jose'

import type { ApiPlatformApp, PublishedKeys, SimulatorClient } from '../clients.js'
import { describeCause } from '../describe-cause.js'
import { type KeySetReader, listKids } from '../key-set-reader.js'
import type { ClaimedAssertion } from './client-assertion.js'
import { refuse, REFUSALS, refuseWith } from './problem.js'

const IN = 'in client_assertion JWT'

/** An application that the platform knows. */
export interface PlatformClient {
  readonly client: SimulatorClient
  readonly app: ApiPlatformApp
}

/** Finds the application that an API key belongs to. */
export function findApp(clients: Iterable<SimulatorClient>, apiKey: unknown): PlatformClient | undefined {
  for (const client of clients) {
    const app = client.apiPlatform
    if (app !== undefined && app.apiKey === apiKey) return { client, app }
  }
  return undefined
}

/** Checks that the application signed its assertion for the address that it was posted to. Throws a `PlatformProblem`. */
export async function checkProof(
  { client, app }: PlatformClient,
  assertion: ClaimedAssertion,
  { keySets, audiences, journey }: { keySets: KeySetReader; audiences: readonly string[]; journey: string | undefined },
): Promise<void> {
  const { token, kid, audience } = assertion
  const key = await findKey((app.jwks ?? app.jwksUri) ? app : client, kid, keySets, journey)
  await compactVerify(token, key).catch(() =>
    refuseWith(REFUSALS.signature, 'the client_assertion was not signed with the key that its kid names'),
  )
  if (audiences.some((each) => each === audience)) return
  const refusal = `aud is ${JSON.stringify(audience)}, not the platform's token endpoint: ${audiences.join(' or ')}`
  refuse(`Missing or invalid 'aud' claim ${IN}`, 401, refusal)
}

async function findKey(
  { jwks, jwksUri }: PublishedKeys,
  kid: string,
  keySets: KeySetReader,
  journey: string | undefined,
): Promise<CryptoKey | Uint8Array> {
  if (!jwks && jwksUri === undefined) refuseWith(REFUSALS.noKeySet, 'no jwks and no jwksUri is registered')
  const keys = jwks?.keys ?? (await keySets.read(jwksUri ?? '', journey))
  if (typeof keys === 'string') return refuseWith(REFUSALS.keySetUnreachable, keys)
  const jwk = keys.find((each) => each.kid === kid)
  if (!jwk) {
    const kept = jwks ? '' : '; a key set that was fetched is kept for an hour'
    const refusal = `kid "${kid}" is not in the application's key set; there: ${listKids(keys)}${kept}`
    return refuse(`Invalid 'kid' header ${IN} - no matching public key`, 401, refusal)
  }
  return importJWK(jwk, 'RS512').catch((cause: unknown) =>
    refuseWith(REFUSALS.signature, `the key "${kid}" does not fit RS512: ${describeCause(cause)}`),
  )
}
