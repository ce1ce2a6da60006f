/** A configuration with nothing wrong, and the world it needs, for tests that spoil one thing of it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'

import type { Cis2Options } from '../../../src/options/cis2-options.js'

export const ISSUER = 'https://cis2.example:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'
export const SESSION_SECRET = randomBytes(32).toString('base64')
export const CLIENT_SECRET = randomBytes(24).toString('base64')
export const NOW = Date.UTC(2026, 10, 25, 12, 0, 0)

export type Respond = (url: URL, init: RequestInit) => Response | Promise<Response>

/** A `fetch` that answers by path, as a server would; a path without an answer is 404. */
export function fetchOf(answers: Record<string, Respond>): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const path = Object.keys(answers).find((ending) => url.pathname.endsWith(ending))
    const respond = path === undefined ? undefined : answers[path]
    return respond === undefined ? new Response(null, { status: 404 }) : respond(url, init)
  }
}

/** A `fetch` whose connection fails as Node's does. */
export function fetchFailing(code: string): typeof fetch {
  return () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }))
}

export function discoveryDocument(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/access_token`,
    userinfo_endpoint: `${ISSUER}/userinfo`,
    jwks_uri: `${ISSUER}/connect/jwk_uri`,
    scopes_supported: 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole'.split(' '),
    ...changes,
  }
}

const providerKey = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }),
  kid: 'p+/=',
  use: 'sig',
}

/** CIS2 with nothing wrong; `changes` replace answers by path. */
export function healthyCis2(changes: Record<string, Respond> = {}): typeof fetch {
  const headers = { date: new Date(NOW).toUTCString() }
  return fetchOf({
    '/openid-configuration': () => Response.json(discoveryDocument(), { headers }),
    '/connect/jwk_uri': () => Response.json({ keys: [providerKey] }),
    ...changes,
  })
}

export function healthyOptions(changes: Partial<Cis2Options> = {}): Cis2Options {
  return {
    issuer: ISSUER,
    clientId: '123456789012.apps.national',
    clientAuthentication: { method: 'client_secret_post', clientSecret: CLIENT_SECRET },
    baseUrl: 'https://clinic.example.nhs.uk',
    session: {
      secret: SESSION_SECRET,
      redis: process.env.REDIS_URL,
      confirmReplicas: 'off',
    },
    fetch: healthyCis2(),
    clock: () => NOW,
    ...changes,
  }
}
