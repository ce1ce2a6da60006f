/** The application's own step in a sign-in: what users write as `onSignIn`. */
import type { Request } from 'express'

import type { Cis2User } from '../cis2/user.js'

/** What an `onSignIn` hook is told beside the user. */
export interface SignInContext {
  /**
   * Why the user signs in: `'step-up'` and `'change-role'` only when it is the user who was signed in already; whoever
   * else answers the prompt is a `'sign-in'`.
   */
  readonly purpose: 'sign-in' | 'step-up' | 'change-role'
  /** The callback's request; its `req.session` and `req.cis2User` are those of the session before, if there was one. */
  readonly req: Request
}

/**
 * The application's own step in a sign-in: see the option `onSignIn`. Returns a plain object, nothing, or a promise of
 * either.
 *
 * @example
 * ```ts
 * const wards = new Map([['555000000101', 'Ward 7']])
 *
 * const findWard: SignInHook = (user) => {
 *   const ward = wards.get(user.sub)
 *   if (ward === undefined) throw new Error('not one of our staff')
 *   return { ward }
 * }
 * ```
 */
export type SignInHook = (user: Cis2User, context: SignInContext) => unknown
