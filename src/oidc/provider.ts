/** CIS2 as the middleware sees it: where to send the browser, and what came back, verified. */
import type { JWK } from 'jose'

import type { AssuranceLevel } from '../cis2/assurance.js'
import type { SignInTokens } from '../cis2/tokens.js'
import type { RoleCounts } from '../cis2/user-from-claims.js'
import type { Cis2User } from '../cis2/user.js'
import type { PartHealth } from '../health.js'
import type { Leave } from './admission.js'

/** What is remembered between the authorization request and the callback. */
export interface SignInSecrets {
  /** The whole `state` text that was sent. */
  readonly state: string
  readonly nonce: string
  /** Undefined when PKCE is switched off. */
  readonly codeVerifier: string | undefined
}

export interface AuthorizationRequest extends SignInSecrets {
  readonly redirectUri: string
  /** Space-separated. */
  readonly scope: string
  readonly acrValues: string
  readonly prompt: 'login' | undefined
  /** `max_age`, sent when given. */
  readonly maxAgeSeconds: number | undefined
}

/** What the answer must reach for the sign-in to be accepted. */
export interface SignInExpectation {
  readonly redirectUri: string
  readonly aal: AssuranceLevel
  /** Greatest age of `auth_time`, in seconds. */
  readonly maxAuthAgeSeconds: number
}

/** A sign-in with every check passed. */
export interface VerifiedSignIn {
  readonly user: Cis2User
  /** The same as `recordOfUser` writes it: what was measured is what is kept. */
  readonly userText: string
  /** For the audit stream. */
  readonly roles: RoleCounts
  /** CIS2's session id; undefined for clients that get none. */
  readonly sid: string | undefined
  readonly tokens: SignInTokens
}

/** A back-channel logout token with every check passed, except that it is used once. */
export interface VerifiedLogoutToken {
  readonly sid: string | undefined
  readonly sub: string | undefined
  /** Epoch seconds. */
  readonly issuedAt: number
  readonly tokenId: string
  /** AM's extra claim, such as `SESSION_IDLE_TIMEOUT`. */
  readonly cause: string | undefined
}

export interface Provider {
  /** Discovery and keys fetched; rejects with the reason (wrong issuer, endpoint on a foreign origin …). */
  ready(): Promise<void>
  health(): PartHealth
  /** Waits for the first attempt to discover CIS2, at most two seconds, and not at all once it is over. Never rejects. */
  started(): Promise<void>
  /** The issuer's text as discovered (else as configured). Half of a user's identity: `sub` is unique per issuer. */
  readonly issuer: string
  /** Origin of the authorization endpoint, once discovered; the only foreign origin we redirect to. */
  authorizationOrigin(): string | undefined
  /** Where to send the browser. Rejects with `ProviderUnavailableError` before discovery has succeeded. */
  buildAuthorizationUrl(request: AuthorizationRequest): Promise<string>
  /**
   * A place among the sign-ins that are being completed, to be taken before {@link redeemCallback} and left after it.
   * Rejects with `ProviderUnavailableError` while CIS2 is known to be down, and when too many wait already.
   */
  enter(): Promise<Leave>
  /**
   * Redeems the code of a callback and verifies everything that CIS2's conformance and OpenID Connect Core 1.0, section
   * 3.1.3.7, ask for.
   * Rejects with `SignInRefusedError` or `ProviderUnavailableError`.
   * @param query - The raw query of the callback, without `?`.
   */
  redeemCallback(query: string, secrets: SignInSecrets, expected: SignInExpectation): Promise<VerifiedSignIn>
  /** Rejects with `LogoutTokenRefusedError` or `ProviderUnavailableError`. */
  verifyLogoutToken(token: string): Promise<VerifiedLogoutToken>
  /** CIS2's end-session address with `id_token_hint`, `post_logout_redirect_uri`, `state`; undefined when discovery has none. */
  buildEndSessionUrl(request: { idToken: string; postLogoutRedirectUri: string; state: string }): string | undefined
  /** Our published keys; undefined without `private_key_jwt`. */
  publicJwks(): { keys: JWK[] } | undefined
  close(): void
}
