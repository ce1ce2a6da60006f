/** What a sign-in proved, once every check has passed: types that only the checks of `oidc/` make. */
import type { AssuranceLevel, IdentityAssuranceLevel } from './assurance.js'

declare const checked: unique symbol

/** An ID token after its check: signature, issuer, audience, nonce, times, levels. What was read is not read again. */
export interface CheckedIdToken {
  readonly [checked]: 'id-token'
  readonly sub: string
  /** CIS2's session id; undefined for clients that get none. */
  readonly sid: string | undefined
  /** `exp`, in epoch seconds. */
  readonly expiresAt: number
  readonly aal: AssuranceLevel
  /** 0 where the claim is missing and the check is switched off: the lowest is assumed. */
  readonly identityAssuranceLevel: IdentityAssuranceLevel
  /** `auth_time`, in epoch seconds. */
  readonly authenticatedAt: number
  /** `acr`, `amr` and `selected_roleid` as they came: nothing is decided by their form. */
  readonly acr: unknown
  readonly amr: unknown
  readonly selectedRoleId: unknown
}

/** UserInfo after its check: it speaks of the ID token's subject. */
export interface CheckedUserInfo {
  readonly [checked]: 'user-info'
  readonly claims: Readonly<Record<string, unknown>>
}
