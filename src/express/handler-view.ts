/** `req.cis2` as handlers see it: nothing of the guard's in it. */
import type { AssuranceLevel } from '../cis2/assurance.js'
import type { Cis2Tokens } from '../cis2/tokens.js'
import type { SignedInSession } from '../session/sessions.js'
import type { Cis2SessionInfo } from '../session/session-info.js'
import type { Cis2NhsApi, Cis2Request, Cis2SessionTimes } from './request.js'

/** What stands behind it: the same, over the session as it was loaded. */
export interface SignInAtHand extends Omit<Cis2Request, 'session' | 'tokens'> {
  readonly session: SignedInSession | undefined
}

export class HandlerView implements Cis2Request {
  readonly #handle: SignInAtHand

  constructor(handle: SignInAtHand) {
    this.#handle = handle
  }

  get issuer(): string {
    return this.#handle.issuer
  }

  get store(): 'ok' | 'unavailable' {
    return this.#handle.store
  }

  get session(): Cis2SessionTimes | undefined {
    const session = this.#handle.session
    if (session === undefined) return undefined
    const { signedInAt, idleExpiresAt, absoluteExpiresAt } = session
    return Object.freeze({ signedInAt, idleExpiresAt, absoluteExpiresAt })
  }

  signIn(options?: { returnTo?: string; aal?: AssuranceLevel }): Promise<void> {
    return this.#handle.signIn(options)
  }

  changeRole(options?: { returnTo?: string }): Promise<void> {
    return this.#handle.changeRole(options)
  }

  signOut(): Promise<void> {
    return this.#handle.signOut()
  }

  get signal(): AbortSignal {
    return this.#handle.signal
  }

  sessions(): Promise<Cis2SessionInfo[]> {
    return this.#handle.sessions()
  }

  get nhsApi(): Cis2NhsApi {
    return this.#handle.nhsApi
  }

  async tokens(): Promise<Cis2Tokens | undefined> {
    const tokens = await this.#handle.session?.tokens()
    if (tokens === undefined) return undefined
    const { idToken, accessToken, accessTokenExpiresAt } = tokens
    return { idToken, accessToken, accessTokenExpiresAt }
  }
}
