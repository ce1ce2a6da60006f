/** The API platform as the middleware sees it. */
import type { PartHealth } from '../health.js'
import type { ApiSession } from './session.js'

/** A session, and the request that it is asked for in. */
export type RequestSession = ApiSession & { readonly correlationId: string }

export interface NhsApi {
  /**
   * Calls an API of the platform as the user of the session.
   * Rejects with `ApiRequestError` before anything is sent, with `ApiTokenError`, `StepUpRequiredError`,
   * `NotSignedInError` when the session has ended, and `StoreUnavailableError`.
   */
  fetch(session: RequestSession, target: string | URL, init?: RequestInit): Promise<Response>
  /** The headers for a call by another HTTP client. Rejects likewise. */
  headers(session: RequestSession): Promise<Record<string, string>>
  /** Told of a sign-in whose answer is on its way. Never fails. */
  signedIn(session: ApiSession): void
  health(): PartHealth
  close(): void
}
