/** Asks the application, by its option `onSignIn`, whether a user who passed every check may have a session. */
import { types } from 'node:util'

import type { Cis2User } from '../cis2/user.js'
import { SignInRefusedError } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { SignInContext } from '../options/sign-in-hook.js'
import { withinTime } from '../primitives/within-time.js'

/**
 * What the application wants in the new session's `req.session`; undefined without a hook, or when it wants nothing.
 * Throws `SignInRefusedError('application')` when it throws, is late, or returns what no session can keep.
 */
export async function askApplication(
  { onSignIn, timeoutSeconds }: Pick<Cis2Config, 'onSignIn' | 'timeoutSeconds'>,
  user: Cis2User,
  context: SignInContext,
): Promise<Record<string, unknown> | undefined> {
  if (onSignIn === undefined) return undefined
  let wanted: unknown
  try {
    wanted = await withinTime(
      Promise.resolve(onSignIn(user, context)),
      timeoutSeconds * 1000,
      () => new Error(`onSignIn took longer than ${timeoutSeconds} seconds.`),
    )
  } catch (cause) {
    throw refused('The application refused the sign-in.', cause)
  }
  if (wanted === undefined) return undefined
  return sessionData(wanted)
}

function sessionData(wanted: unknown): Record<string, unknown> {
  try {
    if (!isPlainObject(wanted)) throw new TypeError('onSignIn must return a plain object, or nothing.')
    // What is no JSON would fail once the session exists.
    JSON.stringify(wanted)
    return wanted
  } catch (cause) {
    throw refused('What onSignIn returned cannot be kept in a session.', cause)
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function refused(message: string, cause: unknown): SignInRefusedError {
  return new SignInRefusedError('application', message, { cause })
}
