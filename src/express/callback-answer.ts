/** How callbacks are answered, first ones and their duplicates alike. */
import type { Response } from 'express'

import {
  isCis2Error,
  ProviderUnavailableError,
  SignInRefusedError,
  StoreUnavailableError,
  type SignInRefusal,
} from '../errors.js'
import type { CallbackAnswer, SignInOutcome } from '../session/sessions.js'
import { redirect } from './respond.js'

export function redirectAnswer(location: string): CallbackAnswer {
  return { status: 303, location, error: undefined }
}

export function errorAnswer(error: unknown): CallbackAnswer {
  const known = isCis2Error(error) ? error : undefined
  const { reason, purpose } = known?.code === 'CIS2_SIGN_IN_REFUSED' ? known : {}
  const code = known?.code ?? 'unknown'
  return { status: known?.status ?? 500, location: undefined, error: { code, reason, purpose } }
}

/** The same answer again, for a duplicate of the same browser; its event is out already. */
export function repeatAnswer(res: Response, { status, location, error, cookies }: SignInOutcome): void {
  if (cookies.length > 0) res.setHeader('Set-Cookie', [...cookies])
  if (location !== undefined) {
    redirect(res, status === 302 ? 302 : 303, location)
    return
  }
  const message = 'The callback was sent twice; the first one was refused.'
  if (error?.code === 'CIS2_PROVIDER_UNAVAILABLE') throw new ProviderUnavailableError(message)
  if (error?.code === 'CIS2_STORE_UNAVAILABLE') throw new StoreUnavailableError(message)
  const refusal = new SignInRefusedError((error?.reason ?? 'replayed') as SignInRefusal, message)
  if (error?.purpose !== undefined) refusal.purpose = error.purpose
  throw refusal
}
