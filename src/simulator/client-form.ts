/** The form of a registration: flat texts, as a browser sends them. */
import type { ApiPlatformApp, SimulatorClient } from './clients.js'
import { parseJson } from './parse-json.js'

/** What the form has, field by field. */
export type ClientFields = Readonly<Record<string, string>>

const lines = (text: string) =>
  text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** Texts that were filled in. */
export function fieldsOf(form: URLSearchParams): ClientFields {
  const entries = [...form].map(([name, value]) => [name, value.trim()] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== ''))
}

/**
 * The registration that a posted form means; fields left empty are left out, and what the form has no field for stays as
 * it was `before`. The rules for clients judge it.
 */
export function readClientForm(form: URLSearchParams, before?: SimulatorClient): unknown {
  const { action, redirectUris, postLogoutRedirectUris, jwks, apiKey, apiSecret, apiScopes, apiJwksUri, ...texts } =
    fieldsOf(form)
  if (action === 'remove') return { action, clientId: texts.clientId }
  return {
    ...texts,
    redirectUris: lines(redirectUris ?? ''),
    ...(postLogoutRedirectUris === undefined ? {} : { postLogoutRedirectUris: lines(postLogoutRedirectUris) }),
    ...(jwks === undefined ? {} : { jwks: parseJson(jwks) ?? jwks }),
    ...(apiKey === undefined
      ? {}
      : {
          apiPlatform: {
            ...kept(before),
            apiKey,
            ...(apiSecret === undefined ? {} : { apiSecret }),
            ...(apiScopes === undefined ? {} : { scopes: lines(apiScopes) }),
            ...(apiJwksUri === undefined ? {} : { jwksUri: apiJwksUri }),
          },
        }),
  }
}

function kept(before: SimulatorClient | undefined): Pick<ApiPlatformApp, 'jwks' | 'requestsPerMinute'> {
  const { jwks, requestsPerMinute } = before?.apiPlatform ?? {}
  return { ...(jwks ? { jwks } : {}), ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }) }
}

/** The form of a registration that is there. */
export function fieldsFrom({
  apiPlatform,
  jwks,
  redirectUris,
  postLogoutRedirectUris,
  ...texts
}: SimulatorClient): ClientFields {
  const { apiKey, apiSecret, scopes, jwksUri: apiJwksUri } = apiPlatform ?? {}
  const fields = {
    ...texts,
    redirectUris: redirectUris.join('\n'),
    postLogoutRedirectUris: postLogoutRedirectUris?.join('\n'),
    jwks: jwks && JSON.stringify(jwks),
    apiKey,
    apiSecret,
    apiScopes: scopes?.join('\n'),
    apiJwksUri,
  }
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
