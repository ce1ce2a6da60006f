/** The tokens of a sign-in: in one shape from the token endpoint to the session and to handlers. */

/**
 * Tokens of the sign-in. Keep them on the server: whoever has one can pose as the user.
 *
 * @see [OpenID Connect Core 1.0, section 3.1.3.3](https://openid.net/specs/openid-connect-core-1_0.html#TokenResponse)
 */
export interface Cis2Tokens {
  /** The ID token, as CIS2 signed it: what the NHS API platform exchanges. */
  readonly idToken: string
  /** CIS2's own access token, for its UserInfo endpoint; opaque. */
  readonly accessToken: string
  /** Epoch seconds; undefined when CIS2 did not say. */
  readonly accessTokenExpiresAt: number | undefined
}

/** With what the package itself has to know of them. */
export interface SignInTokens extends Cis2Tokens {
  /** Epoch seconds; undefined in sessions that version 0.1 began. */
  readonly idTokenExpiresAt: number | undefined
}

/** CIS2's ID token of a session: what an exchange at the NHS API platform is about. */
export type SubjectToken = Pick<SignInTokens, 'idToken' | 'idTokenExpiresAt'>
