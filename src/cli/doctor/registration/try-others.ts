/** What CIS2 takes in place of what it refused: shows the cause where its answer does not tell it. */
import type { Cis2Config, ClientAuthenticationConfig, ParsedSigningKey } from '../../../options/cis2-config.js'
import type { ClientProbe } from '../../../oidc/probe-client.js'
import { keyToSignWith } from '../../../oidc/signing-keys.js'
import { askTokenEndpoint } from './token-answer.js'

/** What was taken. */
export type Taken =
  | { readonly what: 'audience'; readonly audience: string }
  | { readonly what: 'key'; readonly kid: string; readonly refused: string }
  | { readonly what: 'method'; readonly method: ClientAuthenticationConfig['method'] }

/** More would look like somebody who guesses. */
const MOST_TRIES = 3

/** RFC 7518, section 3.2: a key for HS256 has at least 256 bits. */
const MIN_HMAC_KEY_BYTES = 32

/** Tries a few others, one after another; undefined when none is taken. */
export async function tryOthers(probe: ClientProbe): Promise<Taken | undefined> {
  for (const { change, taken } of othersOf(probe).slice(0, MOST_TRIES)) {
    const answer = await askTokenEndpoint({ ...probe, ...change })
    if (answer.kind === 'accepted') return taken
    if (answer.kind !== 'refused') return undefined
  }
  return undefined
}

interface Other {
  readonly change: Pick<ClientProbe, 'audience' | 'authentication'>
  readonly taken: Taken
}

function othersOf({ config, metadata }: ClientProbe): Other[] {
  const { clientAuthentication } = config
  const audiences = clientAuthentication.method.endsWith('_jwt') ? otherAudience(metadata.tokenEndpoint) : []
  if (clientAuthentication.method === 'private_key_jwt') {
    return [...audiences, ...otherKeys(config, clientAuthentication.keys)]
  }
  return [...audiences, ...otherMethods(clientAuthentication)]
}

/** The token endpoint with the port that its text lacks, or without the one that it has. */
function otherAudience(tokenEndpoint: string): Other[] {
  const [, origin, port, rest] = /^(https:\/\/[^/:]+)(:443)?(\/.*)$/.exec(tokenEndpoint) ?? []
  if (origin === undefined || rest === undefined) return []
  const audience = `${origin}${port === undefined ? ':443' : ''}${rest}`
  return [{ change: { audience }, taken: { what: 'audience', audience } }]
}

function otherKeys({ clock }: Cis2Config, keys: readonly ParsedSigningKey[]): Other[] {
  const signing = keyToSignWith(keys, clock())
  return keys
    .filter((key) => key !== signing)
    .map((key) => ({
      // One that is to sign later only may be tried already.
      change: { authentication: { method: 'private_key_jwt', keys: [{ ...key, notBefore: undefined }] } },
      taken: { what: 'key', kid: key.kid, refused: signing?.kid ?? '' },
    }))
}

function otherMethods(used: Exclude<ClientAuthenticationConfig, { method: 'private_key_jwt' }>): Other[] {
  const canSign = Buffer.byteLength(used.clientSecret) >= MIN_HMAC_KEY_BYTES
  const methods = (['client_secret_post', 'client_secret_basic', 'client_secret_jwt'] as const).filter(
    (method) => method !== used.method && (method !== 'client_secret_jwt' || canSign),
  )
  return methods.map((method) => ({
    change: { authentication: { method, clientSecret: used.clientSecret } },
    taken: { what: 'method', method },
  }))
}
