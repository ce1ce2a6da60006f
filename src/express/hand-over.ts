/** What the rest of the application gets to see of a loaded session: `req.cis2User`, `req.cis2`, and the guard's context. */
import type { Request, Response } from 'express'

import type { AccessSubject } from '../cis2/access-subject.js'
import type { AssuranceLevel } from '../cis2/assurance.js'
import type { Cis2Tokens } from '../cis2/tokens.js'
import { ConfigError, isCis2Error, NotSignedInError } from '../errors.js'
import type { Cis2SessionInfo } from '../session/session-info.js'
import type { Loaded, SignedInSession } from '../session/sessions.js'
import { correlationIdOf } from './correlation-id.js'
import { setGuardContext, type GuardContext, type Instance } from './guard-context.js'
import { lazyUser } from './load-user.js'
import { signOut } from './routes/logout.js'
import { isPageNavigation } from './navigation.js'
import { sessionOf, type Parts } from './parts.js'
import { loginAddress, type Refuse } from './refusals.js'
import { nhsApiOfRequest } from './nhs-api-of-request.js'
import type { Cis2NhsApi, Cis2Request, Cis2SessionTimes } from './request.js'
import { redirect, type SetOwnHeaders } from './respond.js'
import { defaultReturnTo, publicPath, safeReturnTo } from './return-to.js'
import { isSameOrigin } from './same-origin.js'
import { beginSignIn, type SignInRequest } from './sign-in.js'

/** What is the same for all requests of an instance. */
export interface HandOverParts extends Parts {
  readonly instance: Instance
  readonly setOwnHeaders: SetOwnHeaders
  readonly refuse: Refuse
}

export function createHandOver(parts: HandOverParts) {
  return function handOver(req: Request, res: Response, loaded: Loaded): GuardContext {
    const handle = new RequestHandle(req, res, loaded, parts)
    req.cis2User = loaded.session === undefined ? undefined : lazyUser(loaded.session)
    req.cis2 = handle.forHandlers()
    setGuardContext(req, handle)
    return handle
  }
}

/** One request's sign-in, as the guard and the handlers use it. */
class RequestHandle implements GuardContext {
  readonly #req: Request
  readonly #res: Response
  readonly #parts: HandOverParts
  #loaded: Loaded
  #signal: AbortSignal | undefined

  constructor(req: Request, res: Response, loaded: Loaded, parts: HandOverParts) {
    this.#req = req
    this.#res = res
    this.#loaded = loaded
    this.#parts = parts
  }

  get instance(): Instance {
    return this.#parts.instance
  }

  get issuer(): string {
    return this.#parts.provider.issuer
  }

  get store(): 'ok' | 'unavailable' {
    return this.#loaded.store
  }

  get session(): SignedInSession | undefined {
    return this.#loaded.session
  }

  get subject(): AccessSubject | undefined {
    return this.#loaded.session?.subject
  }

  now(): number {
    return this.#parts.config.clock() / 1000
  }

  isSameOrigin(): boolean {
    return isSameOrigin(this.#req.headers, this.#parts.config.baseUrl.origin)
  }

  unslide(): Promise<void> {
    return this.#parts.sessions.unslide(this.#req)
  }

  leave(): Promise<boolean> {
    return this.#parts.sessions.leave(this.#req, this.#res)
  }

  refuse(error: unknown, res: Response, next: (error: unknown) => void): void {
    const { turns } = this.#parts
    const refuseNow = () => {
      this.#refuseNow(error, res, next)
    }
    // Nobody's request: it waits for a turn, so that a flood of them leaves the others their time.
    if (this.store === 'ok' && this.subject === undefined) turns.take(refuseNow)
    else refuseNow()
  }

  #refuseNow(error: unknown, res: Response, next: (error: unknown) => void): void {
    if (res.headersSent || res.destroyed) return
    const { config } = this.#parts
    res.vary('Cookie')
    const needed = signInThatHelps(error)
    if (needed !== undefined && config.routes.login !== false && isPageNavigation(this.#req)) {
      res.setHeader('Cache-Control', 'no-store')
      const returnTo = safeReturnTo(publicPath(this.#req.originalUrl, config), config) ?? defaultReturnTo(config)
      redirect(res, 302, loginAddress(config, { returnTo, ...needed }))
      return
    }
    this.#report(error)
    this.#parts.refuse(error, this.#req, res, next)
  }

  async signIn({ returnTo, aal }: { returnTo?: string; aal?: AssuranceLevel } = {}): Promise<void> {
    // Where the compiler did not look: with a level that is none, nothing would be compared with what CIS2 answers.
    if (aal !== undefined && ![1, 2, 3].includes(aal)) throw new ConfigError(['signIn(): aal must be 1, 2 or 3'])
    const session = sessionOf(this.#loaded)
    const raises = session !== undefined && (aal ?? 1) > session.subject.aal
    await this.#begin(session, { purpose: raises ? 'step-up' : 'sign-in', returnTo, aal })
  }

  async changeRole({ returnTo }: { returnTo?: string } = {}): Promise<void> {
    const session = sessionOf(this.#loaded)
    await this.#begin(session, { purpose: session === undefined ? 'sign-in' : 'change-role', returnTo })
  }

  async #begin(session: SignedInSession | undefined, request: SignInRequest): Promise<void> {
    if (this.#parts.config.routes.callback === false)
      throw new ConfigError(['signIn() and changeRole() need routes.callback, for CIS2 to send the browser back to'])
    const takeBack = this.#parts.setOwnHeaders(this.#res)
    try {
      await beginSignIn(this.#req, this.#res, this.#parts, session, request)
    } catch (error) {
      // The application answers, by its own policy.
      if (!this.#res.headersSent) takeBack()
      throw error
    }
  }

  async signOut(): Promise<void> {
    try {
      await signOut(this.#req, this.#res, this.#parts)
    } finally {
      // Confirmed or not, this request goes on as nobody's. With a lost store it was nobody's before, and that is still so.
      if (this.#loaded.store === 'ok') this.#loaded = { store: 'ok', session: undefined }
      this.#req.cis2User = undefined
    }
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#watch()
    return this.#signal
  }

  #watch(): AbortSignal {
    const watched = this.#loaded.session === undefined ? undefined : this.#parts.sessions.watch(this.#req)
    if (watched === undefined) return AbortSignal.abort(new NotSignedInError())
    this.#res.once('close', watched.release)
    return watched.signal
  }

  async sessions(): Promise<Cis2SessionInfo[]> {
    const session = sessionOf(this.#loaded)
    return session === undefined ? [] : this.#parts.sessions.list(session.subject.sub, this.#req)
  }

  get nhsApi(): Cis2NhsApi {
    return nhsApiOfRequest(this.#req, this.#parts.nhsApi, () => this.#loaded)
  }

  /** The handlers' view: nothing of the guard's in it. */
  forHandlers(): Cis2Request {
    return new HandlerView(this)
  }

  #report(error: unknown): void {
    const subject = this.subject
    const role = subject?.selectedRole
    this.#parts.emit({
      type: 'access.refused',
      correlationId: correlationIdOf(this.#req),
      reason: isCis2Error(error) ? error.code : 'error',
      ...(subject === undefined ? {} : { sub: subject.sub, aal: subject.aal }),
      ...(role === undefined ? {} : { role: role.code, organisation: role.organisation }),
    })
  }
}

class HandlerView implements Cis2Request {
  readonly #handle: RequestHandle

  constructor(handle: RequestHandle) {
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

/** What to ask for when another sign-in would let the user through; undefined when none would. */
function signInThatHelps(
  error: unknown,
): { aal?: AssuranceLevel | undefined; maxAge?: number | undefined } | undefined {
  if (!isCis2Error(error)) return undefined
  if (error.code === 'CIS2_NOT_SIGNED_IN' || error.code === 'CIS2_SESSION_UNREADABLE') return {}
  if (error.code !== 'CIS2_STEP_UP_REQUIRED') return undefined
  const { aal, maxAuthAgeSeconds } = error
  return { aal, maxAge: maxAuthAgeSeconds }
}
