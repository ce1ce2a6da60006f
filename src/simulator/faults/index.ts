/** The table of named faults: what each spoils, and what a correct relying party makes of it. */
import { apiAnswer, apiRequest } from './api-platform.js'
import { callback } from './callback.js'
import type { Fault, FaultOutcome, FaultPlace, FaultsAt, FaultValueKind } from './fault.js'
import { idTokenClaims } from './id-token-claims.js'
import { idTokenSignature } from './id-token-signature.js'
import { logoutDelivery, logoutToken } from './logout-token.js'
import { discovery, jwks, metadataAnswer } from './metadata.js'
import { tokenAnswer } from './token-answer.js'
import { userInfoAnswer, userInfoClaims, userInfoToken } from './userinfo.js'

export type { FaultDrafts, FaultOutcome, FaultPlace, FaultValue, FaultValueKind } from './fault.js'

const TABLE = {
  discovery,
  jwks,
  'metadata-answer': metadataAnswer,
  callback,
  'token-answer': tokenAnswer,
  'id-token': { ...idTokenClaims, ...idTokenSignature },
  'userinfo-claims': userInfoClaims,
  'userinfo-token': userInfoToken,
  'userinfo-answer': userInfoAnswer,
  'logout-token': logoutToken,
  'logout-delivery': logoutDelivery,
  'api-request': apiRequest,
  'api-answer': apiAnswer,
} satisfies { [Place in FaultPlace]: FaultsAt<Place> }

/** All faults, by the place where they strike, in the order of a sign-in. */
export const FAULTS: { readonly [Place in FaultPlace]: Readonly<FaultsAt<Place>> } = TABLE

/** The name of a fault. */
export type FaultName = { [Place in FaultPlace]: keyof (typeof TABLE)[Place] & string }[FaultPlace]

/** A fault as people and tests read it. */
export interface FaultDescription {
  /** What the fault is called, for `setFault`. */
  readonly name: FaultName
  /** Where in the conversation it strikes. */
  readonly place: FaultPlace
  /** What the simulator sends. */
  readonly spoils: string
  /** What a correct relying party makes of it. */
  readonly outcome: FaultOutcome
  /** The same in words. */
  readonly relyingParty: string
  /** Strikes only a relying party that fetches anew: to be set before that one starts. */
  readonly atStart: boolean
  /** What a value of one's own may be; undefined for a fault that takes none. */
  readonly takes?: FaultValueKind
}

const AT_SIGN_IN: Readonly<Record<FaultOutcome, string>> = {
  refuse: 'Refuses the sign-in; nobody is signed in.',
  accept: 'Signs the user in.',
  unavailable: 'Says that CIS2 cannot be reached; nobody is signed in.',
  nothing: 'Notices nothing.',
}

const AT_LOGOUT: Readonly<Record<FaultOutcome, string>> = {
  ...AT_SIGN_IN,
  refuse: 'Answers 400; the session lives.',
  accept: 'Answers 200; the session ends.',
}

const AT_API: Readonly<Record<FaultOutcome, string>> = {
  ...AT_SIGN_IN,
  refuse: 'Does not call the API, and says why.',
  accept: 'Calls the API.',
  unavailable: 'Says that the API cannot be called now.',
}

function sentenceFor(place: FaultPlace, outcome: FaultOutcome): string {
  if (place.startsWith('logout-')) return AT_LOGOUT[outcome]
  return (place.startsWith('api-') ? AT_API : AT_SIGN_IN)[outcome]
}

type TableRow = Omit<Fault<FaultPlace>, 'spoil'>

function describe(name: string, place: FaultPlace, row: TableRow): FaultDescription {
  const { spoils, outcome, note, atStart = false, takes } = row
  const sentence = sentenceFor(place, outcome)
  const relyingParty = note === undefined ? sentence : `${sentence} ${note}`
  const description = { name: name as FaultName, place, spoils, outcome, relyingParty, atStart }
  return takes === undefined ? description : { ...description, takes }
}

/**
 * The whole table of faults, in the order of a sign-in.
 *
 * @example
 * ```ts
 * for (const { name, outcome } of describeFaults()) console.log(name, outcome)
 * ```
 */
export function describeFaults(): FaultDescription[] {
  return Object.entries(FAULTS).flatMap(([place, faults]) =>
    Object.entries<TableRow>(faults).map(([name, fault]) => describe(name, place as FaultPlace, fault)),
  )
}
