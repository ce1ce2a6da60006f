/** What this room needs of the signed-in session that a call is made for. */
import type { AccessSubject } from '../cis2/access-subject.js'
import { ApiTokenError } from '../errors.js'
import type { TokenSlot } from './token-slot.js'

export interface ApiSession {
  readonly subject: AccessSubject
  readonly slot: TokenSlot
  /** Of the request that the call is made in; undefined in the background. */
  readonly correlationId: string | undefined
}

/** The id of the selected role, which every call names. Throws an {@link ApiTokenError} when there is none. */
export function roleIdOf({ subject }: Pick<ApiSession, 'subject'>): string {
  const id = subject.selectedRole?.id
  if (id !== undefined) return id
  throw new ApiTokenError(
    'not-authorised',
    'The user has no selected role, and NHS APIs want one: ask for the scope selectedrole, or let her change her role.',
  )
}
