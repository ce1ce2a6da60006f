/** The relying parties that the simulator knows: their shape, the rules for it, and one for a quick start. */
import type { JSONWebKeySet } from 'jose'
import { z } from 'zod'

/** How a client proves itself at the token endpoint. A client is registered for one method; any other is refused. */
export type TokenEndpointAuthMethod =
  'private_key_jwt' | 'client_secret_post' | 'client_secret_basic' | 'client_secret_jwt'

/** Where an application's public keys are. */
export interface PublishedKeys {
  /** Where the client publishes its keys; fetched when a client assertion arrives. For `private_key_jwt`. */
  jwksUri?: string | undefined
  /** The client's keys themselves, in place of `jwksUri`. */
  jwks?: JSONWebKeySet | undefined
}

/** The same application as the NHS API platform knows it. Its keys are the client's own unless it has others here. */
export interface ApiPlatformApp extends PublishedKeys {
  /** The API key of the application at the API platform; `iss` and `sub` of its assertions. */
  apiKey: string
  /** For refreshing. */
  apiSecret?: string | undefined
  /**
   * Scopes of the APIs that it is subscribed to. Default: the Personal Demographics Service at AAL2 and AAL3. Of a
   * user, those remain whose `:aal<N>:` is the level of her sign-in; where none remains the exchange is refused.
   */
  scopes?: string[] | undefined
  /** Requests that the platform takes of it in a minute. Default 300; beyond it 429. */
  requestsPerMinute?: number | undefined
}

/** A relying party, as it would be registered with CIS2. */
export interface SimulatorClient extends PublishedKeys {
  /** The client ID that the application sends. */
  clientId: string
  /** Compared as text, to the last character. */
  redirectUris: string[]
  /** The one method by which the client proves itself at the token endpoint; another is refused. */
  tokenEndpointAuthMethod: TokenEndpointAuthMethod
  /** For the three `client_secret_…` methods. */
  clientSecret?: string | undefined
  /** Whether UserInfo is answered as JSON or as a signed JWT. Default `'json'`. */
  userInfo?: 'json' | 'signed' | undefined
  /** Where logout tokens are posted to. None: this client is never told. */
  backChannelLogoutUri?: string | undefined
  /** Where the end-session endpoint may send the browser to. */
  postLogoutRedirectUris?: string[] | undefined
  /** Where a sign-in to the application begins, for "open the application as …". Default: the root of its first redirect URI. */
  initiateLoginUri?: string | undefined
  /** For exchanging ID tokens at the NHS API platform's `/oauth2/token`. */
  apiPlatform?: ApiPlatformApp | undefined
}

const httpUrl = z.string().refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), {
  error: 'must be an absolute http or https URL',
})

const redirectUri = z.string().refine((text) => URL.canParse(text) && !text.includes('#'), {
  error: 'must be an absolute URL without a fragment',
})

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) })

/** The rules for a client, from code or from a file. */
export const clientSchema = z
  .strictObject({
    clientId: z.string().min(1),
    redirectUris: z.array(redirectUri).min(1),
    tokenEndpointAuthMethod: z.enum([
      'private_key_jwt',
      'client_secret_post',
      'client_secret_basic',
      'client_secret_jwt',
    ]),
    clientSecret: z.string().min(1).optional(),
    jwksUri: httpUrl.optional(),
    jwks: keySet.optional(),
    userInfo: z.enum(['json', 'signed']).optional(),
    backChannelLogoutUri: httpUrl.optional(),
    postLogoutRedirectUris: z.array(redirectUri).optional(),
    initiateLoginUri: httpUrl.optional(),
    apiPlatform: z
      .strictObject({
        apiKey: z.string().min(1),
        apiSecret: z.string().min(1).optional(),
        scopes: z.array(z.string().min(1)).optional(),
        requestsPerMinute: z.int().min(1).optional(),
        jwksUri: httpUrl.optional(),
        jwks: keySet.optional(),
      })
      .optional(),
  })
  .superRefine((client, context) => {
    const usesKeys = client.tokenEndpointAuthMethod === 'private_key_jwt'
    const problem = usesKeys ? keyProblem(client) : secretProblem(client)
    if (problem) context.addIssue({ code: 'custom', ...problem })
  })

type Credentials = Pick<SimulatorClient, 'clientSecret' | 'jwks' | 'jwksUri'>

function keyProblem({ clientSecret, jwks, jwksUri }: Credentials): { path: string[]; message: string } | undefined {
  if (clientSecret !== undefined) return { path: ['clientSecret'], message: 'is not used with private_key_jwt' }
  if ((jwks === undefined) === (jwksUri === undefined)) {
    return { path: ['jwksUri'], message: 'private_key_jwt needs exactly one of jwksUri and jwks' }
  }
  return undefined
}

function secretProblem({ clientSecret, jwks, jwksUri }: Credentials): { path: string[]; message: string } | undefined {
  if (clientSecret === undefined) return { path: ['clientSecret'], message: 'is needed with this method' }
  if (jwks ?? jwksUri) return { path: ['jwksUri'], message: 'jwksUri and jwks are used with private_key_jwt only' }
  return undefined
}

/** Where a browser goes to begin a sign-in to an application. */
export function startAddressOf({ initiateLoginUri, redirectUris }: SimulatorClient): string {
  const [redirectUri = ''] = redirectUris
  return initiateLoginUri ?? (/^https?:/.test(redirectUri) ? new URL('/', redirectUri).href : redirectUri)
}

/** The client that is registered when none is given. Its secret is public, because everything here is make-believe. */
export const DEMO_CLIENT: Readonly<SimulatorClient> = Object.freeze({
  clientId: '000000000000.apps.simulator',
  clientSecret: 'the-simulator-keeps-no-secrets',
  tokenEndpointAuthMethod: 'client_secret_post',
  redirectUris: ['http://localhost:3000/callback', 'http://127.0.0.1:3000/callback'],
  backChannelLogoutUri: 'http://127.0.0.1:3000/backchannel-logout',
  postLogoutRedirectUris: ['http://localhost:3000/', 'http://127.0.0.1:3000/'],
  initiateLoginUri: 'http://localhost:3000/login',
})
