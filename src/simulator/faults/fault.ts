/** What a named fault is, and the places where one can strike. */
import type { Answer } from '../answer.js'
import type { PlatformRefusal } from '../api-platform/problem.js'
import type { Claims, JwtDraft } from '../jwt.js'
import type { KeySet } from '../keys.js'

/** `true` for the fault as the table describes it; a text or number for a variant of one's own. */
export type FaultValue = true | string | number

/** `seconds`: any number; `status`: of HTTP, 200 to 599; `bytes`: up to 100 megabytes; `text`: not empty. */
export type FaultValueKind = 'seconds' | 'status' | 'bytes' | 'text'

/** What CIS2 is about to say, by the place where it says it. A fault changes the draft in place. */
export interface FaultDrafts {
  discovery: Claims
  jwks: KeySet
  /** Answers of the JWKS and discovery addresses. */
  'metadata-answer': Answer
  callback: URLSearchParams
  'token-answer': Answer
  'id-token': JwtDraft
  'userinfo-claims': Claims
  /** Only for clients registered for signed UserInfo. */
  'userinfo-token': JwtDraft & { readonly clientId: string }
  'userinfo-answer': Answer
  'logout-token': JwtDraft
  /** Times that each logout token is sent. */
  'logout-delivery': { times: number }
  /** A request to the API platform of an application that it knows; `refusal`: what it is refused with. */
  'api-request': { readonly grant: 'exchange' | 'refresh'; refusal: PlatformRefusal | undefined }
  'api-answer': Answer
}

/** Where in the conversation a fault strikes. */
export type FaultPlace = keyof FaultDrafts

/**
 * What a correct relying party makes of it.
 *
 * At a sign-in: `refuse` nobody is signed in, and the application is to blame or to be warned; `accept` the user is
 * signed in; `unavailable` nobody is signed in, because CIS2 counts as out of reach. At a logout token: `refuse` it is
 * answered 400 and the session lives; `accept` it is answered 200 and the session ends. `nothing`: nothing arrives.
 * At the API platform: `accept` the API is called; `refuse` and `unavailable` it is not, and the user stays signed in.
 */
export type FaultOutcome = 'refuse' | 'accept' | 'unavailable' | 'nothing'

/** A row of the table. */
export interface Fault<Place extends FaultPlace> {
  /** What the simulator sends. */
  readonly spoils: string
  readonly outcome: FaultOutcome
  /** More about what a correct relying party does, or why. */
  readonly note?: string
  /** Strikes only a relying party that fetches anew; set it before that one starts. */
  readonly atStart?: true
  /** What its value may be; without it the fault takes none. */
  readonly takes?: FaultValueKind
  readonly spoil: (draft: FaultDrafts[Place], value: FaultValue) => void
}

/** The faults of one place, by name. */
export type FaultsAt<Place extends FaultPlace> = Record<string, Fault<Place>>

/** A number of one's own, or the usual one. */
export const numberOr = (value: FaultValue, usual: number): number => (typeof value === 'number' ? value : usual)

/** A value of one's own, or the usual one. */
export const valueOr = (value: FaultValue, usual: string | number): string | number => (value === true ? usual : value)

/** When a token says that it was issued. */
export const issuedAt = (claims: Claims): number => Number(claims.iat)

/** A token without a signature. */
export function unsign(draft: JwtDraft): void {
  draft.header = { typ: 'JWT', alg: 'none' }
  draft.signWith = 'nothing'
}
