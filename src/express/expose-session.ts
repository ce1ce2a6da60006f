/** What the rest of the application gets to see of a loaded session: `req.cis2User`, `req.cis2`, and the guard's context. */
import type { Request, Response } from 'express'

import type { AccessSubject } from '../cis2/access-subject.js'
import type { AssuranceLevel } from '../cis2/assurance.js'
import { ConfigError, isCis2Error, NotSignedInError } from '../errors.js'
import type { Cis2SessionInfo } from '../session/session-info.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { Loaded, SignedInSession } from '../session/sessions.js'
import { correlationIdOf } from './correlation-id.js'
import { setGuardContext, type GuardContext, type Instance } from './guard-context.js'
import { HandlerView, type SignInAtHand } from './handler-view.js'
import { lazyUser } from './load-user.js'
import { signOut } from './routes/logout.js'
import { isPageNavigation, isStandIn } from './navigation.js'
import { leaveForBaseUrl, onBaseUrl, seemsElsewhere } from './own-host.js'
import { defaultReturnTo, safeReturnTo } from './return-to.js'
import { sessionOf, type Parts } from './parts.js'
import type { Refuse } from './refusals.js'
import { nhsApiOfRequest } from './nhs-api-of-request.js'
import type { Cis2NhsApi, Cis2Request } from './request.js'
import { redirect, sendStandInPage, type SetOwnHeaders } from './respond.js'
import { isSameOrigin } from './same-origin.js'
import { beginSignIn, type SignInRequest } from './sign-in.js'
import { whereRefused } from './where-refused.js'
import { loginAddress, pageAt, signInThatHelps, type SignInDemand } from './sign-in-address.js'

/** What is the same for all requests of an instance. */
export interface ExposeParts extends Parts {
  readonly instance: Instance
  readonly setOwnHeaders: SetOwnHeaders
  readonly refuse: Refuse
}

export function createExposeSession(parts: ExposeParts) {
  return function exposeSession(req: Request, res: Response, loaded: Loaded): GuardContext {
    const handle = new RequestHandle(req, res, loaded, parts)
    req.cis2User = loaded.session === undefined ? undefined : lazyUser(loaded.session)
    req.cis2 = handle.forHandlers()
    setGuardContext(req, handle)
    return handle
  }
}

/** One request's sign-in, as the guard and the handlers use it. */
class RequestHandle implements GuardContext, SignInAtHand {
  readonly #req: Request
  readonly #res: Response
  readonly #parts: ExposeParts
  #loaded: Loaded
  #signal: AbortSignal | undefined

  constructor(req: Request, res: Response, loaded: Loaded, parts: ExposeParts) {
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
    const needed = signInThatHelps(error, config)
    if (needed !== undefined && isStandIn(this.#req)) {
      this.#parts.setOwnHeaders(res)
      sendStandInPage(res)
      return
    }
    if (needed !== undefined && config.routes.login !== false && isPageNavigation(this.#req)) {
      res.setHeader('Cache-Control', 'no-store')
      redirect(res, 302, this.#placeToSignIn(config, needed))
      return
    }
    this.#report(error)
    this.#parts.refuse(error, this.#req, res, next)
  }

  #placeToSignIn(config: Cis2Config, needed: SignInDemand): string {
    const address = loginAddress(config, { ...needed, returnTo: pageAt(this.#req, config) })
    if (!seemsElsewhere(this.#req, config)) return address
    // There she may be signed in already, and then comes straight to the page.
    const { searchParams } = new URL(address, config.baseUrl.origin)
    return onBaseUrl(String(config.routes.login), searchParams, 'page', config)
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
    const elsewhere = this.#addressOnBaseUrl(request)
    if (elsewhere !== undefined) {
      leaveForBaseUrl(this.#req, this.#res, elsewhere)
      return
    }
    try {
      await beginSignIn(this.#req, this.#res, this.#parts, session, request)
    } catch (error) {
      // The application answers, by its own policy.
      if (!this.#res.headersSent) takeBack()
      throw error
    }
  }

  /** Where a sign-in that would fail under the host name at hand can begin instead. */
  #addressOnBaseUrl({ purpose, returnTo, aal }: SignInRequest): string | undefined {
    const { config } = this.#parts
    const route = purpose === 'change-role' ? config.routes.changeRole : config.routes.login
    if (route === false || !seemsElsewhere(this.#req, config)) return undefined
    const query = new URLSearchParams({ returnTo: safeReturnTo(returnTo, config) ?? defaultReturnTo(config) })
    if (aal !== undefined) query.set('aal', String(aal))
    return onBaseUrl(route, query, 'route', config)
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
      ...whereRefused(this.#req, error),
      ...(subject === undefined ? {} : { sub: subject.sub, aal: subject.aal }),
      ...(role === undefined ? {} : { role: role.code, organisation: role.organisation }),
    })
  }
}
