/** How one sign-in goes: who signs in, and what is changed on the way. Each change has a name, by which kinds are counted. */
import type { JWK } from 'jose'

import type { Claims, Person, ProviderScript } from './provider.js'

/** What the browser, or somebody at it, changes; each is given the honest value. */
export interface BrowserScript {
  loginQuery: (honest: URLSearchParams) => URLSearchParams
  authorizeQuery: (honest: URLSearchParams) => URLSearchParams
  /** The raw query of the callback. */
  callbackQuery: (honest: string) => string
  callbackMethod: 'GET' | 'POST' | 'POST with the query in the body' | 'HEAD' | 'PUT'
  /** The `Cookie` header of the callback, as pairs. */
  callbackCookies: (honest: [string, string][]) => [string, string][]
}

/** Another person's sign-in, that is mixed into this one, and what of it. */
export type Mixed =
  | 'her code'
  | 'her state'
  | 'her whole callback'
  | 'her cookies'
  | 'her callback and cookies'
  | 'her ID token'
  | 'her access token'
  | 'her tokens'

/** What is tried with a sign-in that has succeeded. */
export type Afterwards =
  | { readonly kind: 'session cookie'; readonly change: (honest: string) => string }
  | { readonly kind: 'request'; readonly request: AfterRequest; readonly endsSession: boolean }
  | { readonly kind: 'replay'; readonly by: 'the same browser' | 'a new browser' | 'another who signs in' }
  | { readonly kind: 'old cookie after signing out' }
  | { readonly kind: 'logout token'; readonly change: LogoutChange }

export interface AfterRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface LogoutChange {
  readonly claims: (honest: Claims) => unknown
  readonly header: (honest: Claims) => Claims
  readonly signer: ProviderScript['signer']
  readonly token: (honest: string) => string
  /** The form that is posted, and how. */
  readonly body: (token: string) => string
  readonly type: string
  readonly method: string
}

/** What the provider publishes in place of its honest documents: an application of its own reads them. */
export interface Published {
  readonly metadata: (honest: Claims) => unknown
  readonly jwks: (honest: { keys: JWK[] }) => unknown
}

export interface Plan {
  readonly number: number
  readonly person: Person
  readonly provider: ProviderScript
  readonly browser: BrowserScript
  readonly mixed: Mixed | undefined
  readonly afterwards: Afterwards | undefined
  readonly published: Published | undefined
  /** Of every change, in order; none in an honest one. */
  readonly changes: readonly string[]
}

export function honestProvider(): ProviderScript {
  return {
    idTokenHeader: (honest) => honest,
    idTokenClaims: (honest) => honest,
    idToken: (honest) => honest,
    signer: 'own',
    tokenResponse: (honest) => honest,
    tokenText: (honest) => honest,
    tokenAnswer: { status: 200, type: 'application/json' },
    userInfoClaims: (honest) => honest,
    userInfoText: (honest) => honest,
    userInfoAnswer: { status: 200, type: 'application/json' },
    signsUserInfo: false,
    userInfoSigner: 'own',
  }
}

export function honestBrowser(): BrowserScript {
  return {
    loginQuery: (honest) => honest,
    authorizeQuery: (honest) => honest,
    callbackQuery: (honest) => honest,
    callbackMethod: 'GET',
    callbackCookies: (honest) => honest,
  }
}
