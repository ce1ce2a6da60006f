/** Everything between "the browser is back" and "she is signed in". */
import type { AssuranceLevel } from '../cis2/assurance.js'
import { toAccessSubject } from '../cis2/user-from-claims.js'
import { SignInRefusedError } from '../errors.js'
import type { VerifiedSignIn } from '../oidc/provider.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { FirstCallback, PendingSignIn, SignedInSession, SignInState } from '../session/sessions.js'
import { redirectAnswer } from './callback-answer.js'
import type { CallbackRequest } from './callback-request.js'
import type { Parts } from './parts.js'
import { defaultReturnTo } from './return-to.js'
import { callbackAddress } from './sign-in.js'
import { reportSuccess } from './sign-in-events.js'
import { askApplication } from './sign-in-hook.js'

/** The first callback of a sign-in. */
export interface FirstOfSignIn extends FirstCallback {
  readonly state: SignInState
}

/** Checks what CIS2 says, asks the application, starts the session; returns it, and where the browser goes. */
export async function completeSignIn(
  call: CallbackRequest,
  first: FirstOfSignIn,
): Promise<{ readonly location: string; readonly session: SignedInSession }> {
  const { req, res, parts } = call
  const { config, sessions } = parts
  const { pending } = first
  const verified = await redeem(call, first)
  assertFreshEnoughForGuard(verified, pending, parts)
  // Another user's answer to a step-up is a sign-in of her own.
  const sameUser = pending.expectedSub === undefined || pending.expectedSub === verified.user.sub
  const location = sameUser ? pending.returnTo : defaultReturnTo(config)
  const purpose = sameUser ? pending.purpose : 'sign-in'
  const hookData = await askApplication(config, verified.user, { purpose, req })
  const session = await sessions.start(req, res, {
    user: verified.user,
    userText: verified.userText,
    subject: toAccessSubject(verified.user),
    sid: verified.sid,
    tokens: verified.tokens,
    appData: sameUser ? first.appData : undefined,
    hookData,
    startedFrom: first.startedFrom,
    completes: { callback: first, answer: redirectAnswer(location) },
  })
  reportSuccess(call, purpose, verified)
  return { location, session }
}

function redeem({ parts, query }: CallbackRequest, { state, pending }: FirstOfSignIn): Promise<VerifiedSignIn> {
  const { config, provider } = parts
  return provider.redeemCallback(
    query,
    { state: state.text, nonce: pending.nonce, codeVerifier: pending.codeVerifier },
    { redirectUri: callbackAddress(config), ...strictest(pending, config) },
  )
}

/** Another instance may have begun it, with other options than ours; both must be content. */
function strictest({ aal, maxAuthAgeSeconds }: PendingSignIn, config: Cis2Config) {
  return {
    aal: Math.max(aal, config.aal) as AssuranceLevel,
    maxAuthAgeSeconds: Math.min(maxAuthAgeSeconds, config.maxAuthAgeSeconds),
  }
}

/**
 * A sign-in that was asked to be fresh must satisfy the guard that asked, which knows no clock tolerance:
 * accepted here and refused there would send the browser round in circles.
 */
function assertFreshEnoughForGuard(verified: VerifiedSignIn, pending: PendingSignIn, { config }: Parts): void {
  const asked = pending.purpose === 'step-up' || pending.maxAuthAgeSeconds < config.maxAuthAgeSeconds
  if (!asked) return
  const age = config.clock() / 1000 - verified.user.authenticatedAt
  if (age > pending.maxAuthAgeSeconds) {
    throw new SignInRefusedError('auth-time', 'The authentication is older than the guard of the page asked for.')
  }
}
