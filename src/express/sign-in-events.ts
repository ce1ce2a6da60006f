/** What the audit stream is told of a callback. */
import { knownErrorIn } from '../cis2/authorization-errors.js'
import { isCis2Error } from '../errors.js'
import { sidHashOf } from '../events.js'
import type { VerifiedSignIn } from '../oidc/provider.js'
import type { PendingSignIn } from '../session/sessions.js'
import type { CallbackRequest } from './callback-request.js'
import { correlationIdOf } from './correlation-id.js'

const SUCCEEDED = {
  'sign-in': 'sign-in.succeeded',
  'step-up': 'step-up.succeeded',
  'change-role': 'role.changed',
} as const

export function reportSuccess(
  { req, parts }: CallbackRequest,
  purpose: PendingSignIn['purpose'],
  { user, sid, roles }: VerifiedSignIn,
): void {
  parts.emit({
    type: SUCCEEDED[purpose],
    correlationId: correlationIdOf(req),
    sub: user.sub,
    aal: user.aal,
    roles,
    ...(sid === undefined ? {} : { sidHash: sidHashOf(sid) }),
    ...(user.selectedRole === undefined
      ? {}
      : { role: user.selectedRole.code, organisation: user.selectedRole.organisation.code }),
  })
}

/** @param pending - Undefined where nobody knows which sign-in it was. */
export function reportRefusal(
  { req, parts, query }: CallbackRequest,
  pending: PendingSignIn | undefined,
  error: unknown,
): void {
  const known = isCis2Error(error) ? error : undefined
  parts.emit({
    type: pending?.purpose === 'step-up' ? 'step-up.refused' : 'sign-in.refused',
    correlationId: correlationIdOf(req),
    reason: known?.code === 'CIS2_SIGN_IN_REFUSED' ? known.reason : (known?.code ?? 'error'),
    ...(known === undefined ? {} : { cause: withErrorOf(query, known.message) }),
  })
}

/** Reports what makes the work fail; nothing pending is known yet that it could be about. */
export async function reportingRefusal<T>(call: CallbackRequest, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    reportRefusal(call, undefined, error)
    throw error
  }
}

function withErrorOf(query: string, message: string): string {
  const code = knownErrorIn(query)
  return code === undefined || message.includes(code) ? message : `${message} CIS2 answered ${code}.`
}
