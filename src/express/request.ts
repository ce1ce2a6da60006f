/** What `cis2Auth` leaves on a request for handlers: `req.cis2User` and `req.cis2`. */
import type { Request } from 'express'

import type { AssuranceLevel } from '../cis2/assurance.js'
import type { Cis2Tokens } from '../cis2/tokens.js'
import type { Cis2User } from '../cis2/user.js'
import { NotMountedError, NotSignedInError } from '../errors.js'
import type { Cis2SessionInfo } from '../session/session-info.js'
import { guardContextOf } from './guard-context.js'

/** Times of the signed-in session, in epoch seconds. */
export interface Cis2SessionTimes {
  /** When the session began; a step-up and a change of role begin a new one. */
  readonly signedInAt: number
  /** When it ends if no further request slides it. */
  readonly idleExpiresAt: number
  /** When it ends at the latest, however active the user is. */
  readonly absoluteExpiresAt: number
}

/**
 * NHS APIs (PDS, EPS, e-RS …), called as the user who is signed in, in her selected role. Needs the option `nhsApi`.
 *
 * Both reject with `ApiTokenError` when the API platform gives no token or cannot be reached, with
 * `StepUpRequiredError` when only a new authentication helps (its `maxAuthAgeSeconds` goes into `/login?maxAge=`),
 * with `NotSignedInError` when nobody is signed in (any more), and with `StoreUnavailableError`.
 *
 * @see [User-restricted RESTful APIs: NHS CIS2, separate authentication and authorisation](https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/user-restricted-restful-apis-nhs-cis2-separate-authentication-and-authorisation)
 */
export interface Cis2NhsApi {
  /**
   * `fetch` to the API platform with `Authorization`, `NHSD-Session-URID`, `X-Request-ID` and `X-Correlation-ID`. The
   * answer is handed over whatever its status. Redirects off the platform's origin are not followed.
   *
   * Rejects with `ApiRequestError`, before anything is sent, when the target is not a plain path (or an address on the
   * platform's origin), or when `init` brings one of the first two headers.
   *
   * @param target - A path that begins with one slash. What a user sent belongs into it encoded:
   *   `encodeURIComponent(id)`.
   *
   * @example
   * ```ts
   * app.get('/patients/:id', requireCis2({ aal: 3 }), async (req, res) => {
   *   const id = encodeURIComponent(String(req.params.id))
   *   const answer = await req.cis2.nhsApi.fetch(`/personal-demographics/FHIR/R4/Patient/${id}`)
   *   res.status(answer.status).json(await answer.json())
   * })
   * ```
   */
  fetch(target: string | URL, init?: RequestInit): Promise<globalThis.Response>
  /** The same headers, for another HTTP client. Send them to the platform's origin only, once. */
  headers(): Promise<Record<string, string>>
}

/** `req.cis2`: what a handler can do with the sign-in at hand. */
export interface Cis2Request {
  /**
   * The issuer of whoever is signed in: the text that CIS2's discovery document has, until that is fetched the
   * configured one. `sub` is unique per issuer only, and tells two instances of `cis2Auth` in one app apart.
   * OpenID Connect Core 1.0, section 5.7.
   */
  readonly issuer: string
  /**
   * Begins a sign-in and answers with the redirect to CIS2; the handler must not answer as well.
   *
   * `returnTo` is a path of this application to come back to (default `defaultReturnPath`), `aal` may only raise what
   * the options ask for. Rejects with `StoreUnavailableError` or `ProviderUnavailableError`.
   */
  signIn(options?: { returnTo?: string; aal?: AssuranceLevel }): Promise<void>
  /**
   * Lets the user choose another role: begins a sign-in with CIS2's role selection and answers with the redirect.
   * Rejects as `signIn` does. The role of the session changes only when the user comes back.
   */
  changeRole(options?: { returnTo?: string }): Promise<void>
  /**
   * Ends the session and clears the cookie; the handler answers.
   * Rejects with `SignOutNotConfirmedError` when the store did not confirm.
   */
  signOut(): Promise<void>
  /**
   * Fires when this session is over, for whatever reason, with a `SessionEndedError`: for streams and long downloads.
   * Made on first use. At once on the instance that ended the session, within five seconds on every other; with
   * `StoreUnavailableError` when the store has been out of reach for 30 seconds; has fired already when nobody is signed
   * in. Nothing fires once the answer is closed.
   */
  readonly signal: AbortSignal
  /**
   * Where the user is signed in: all her live sessions, newest first, this one marked `current`. Empty when nobody is
   * signed in. Rejects with `StoreUnavailableError`.
   */
  sessions(): Promise<Cis2SessionInfo[]>
  /** When the session ends; undefined when nobody is signed in. */
  readonly session: Cis2SessionTimes | undefined
  /** The only door to the tokens; undefined when nobody is signed in. Rejects with `StoreUnavailableError`. */
  tokens(): Promise<Cis2Tokens | undefined>
  /** NHS APIs, called as the user who is signed in. */
  readonly nhsApi: Cis2NhsApi
  /** `'unavailable'`: it is not known who is signed in, and `req.cis2User` is undefined. */
  readonly store: 'ok' | 'unavailable'
}

declare global {
  namespace Express {
    interface Request {
      /** Who is signed in, from the validated ID token and UserInfo; undefined when nobody is. */
      cis2User?: Cis2User | undefined
      /** What can be done with the sign-in at hand. */
      cis2: Cis2Request
    }
  }
}

/**
 * The signed-in user of a request that a guard has let through.
 *
 * Throws `NotSignedInError` when nobody is signed in, and `NotMountedError` when `cis2Auth` has not seen the request.
 *
 * @example
 * ```ts
 * app.get('/me', requireCis2(), (req, res) => {
 *   res.json({ name: cis2UserOf(req).name })
 * })
 * ```
 */
export function cis2UserOf(req: Request): Cis2User {
  if (guardContextOf(req) === undefined) {
    throw new NotMountedError('cis2UserOf() needs app.use(cis2Auth(...)) before the route.')
  }
  const user = req.cis2User
  if (user === undefined) throw new NotSignedInError()
  return user
}
