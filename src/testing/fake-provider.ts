/** CIS2 for `fakeCis2Auth`: nowhere. It can send a browser away, and nobody ever comes back from it. */
import { LogoutTokenRefusedError, SignInRefusedError } from '../errors.js'
import type { Provider } from '../oidc/provider.js'

/** RFC 6761, section 6.4: a name that never resolves, so that nothing real is ever asked. */
const ORIGIN = 'https://fake-cis2.invalid'

/** What {@link Provider} promises, without a network. */
export function createFakeProvider(clientId: string, now: () => number): Provider {
  return {
    issuer: ORIGIN,
    ready: () => Promise.resolve(),
    started: () => Promise.resolve(),
    health: () => ({ status: 'ok', since: Math.floor(now() / 1000) }),
    authorizationOrigin: () => ORIGIN,
    buildAuthorizationUrl: ({ redirectUri, scope, acrValues, state, nonce, prompt, maxAgeSeconds }) =>
      Promise.resolve(
        addressOf('/authorize', {
          client_id: clientId,
          response_type: 'code',
          redirect_uri: redirectUri,
          scope,
          acr_values: acrValues,
          state,
          nonce,
          prompt,
          max_age: maxAgeSeconds,
        }),
      ),
    enter: () => Promise.resolve(function leave() {}),
    redeemCallback: () => Promise.reject(new SignInRefusedError('response', 'Nobody signs in at a fake CIS2.')),
    verifyLogoutToken: () => Promise.reject(new LogoutTokenRefusedError('a fake CIS2 sends no logout tokens')),
    buildEndSessionUrl: ({ idToken, postLogoutRedirectUri, state }) =>
      addressOf('/end-session', { id_token_hint: idToken, post_logout_redirect_uri: postLogoutRedirectUri, state }),
    publicJwks: () => undefined,
    close() {},
  }
}

function addressOf(path: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const address = new URL(path, ORIGIN)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) address.searchParams.set(name, String(value))
  }
  return address.href
}
