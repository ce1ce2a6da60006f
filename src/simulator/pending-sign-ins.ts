/** Sign-ins under way: what the application asked for, and what the user has said so far. */
import { randomBytes } from 'node:crypto'

import type { AuthorizationRequest } from './authorization-request.js'
import type { SimulatorAuthenticator } from './authenticators.js'
import type { OpSession } from './op-sessions.js'
import type { SimulatorUser } from './users.js'

/** A sign-in under way. */
export interface PendingSignIn {
  readonly id: string
  readonly journey: string
  readonly request: AuthorizationRequest
  /** A session that is being used again: only the role is still to be chosen. */
  readonly reused: OpSession | undefined
  authenticator: SimulatorAuthenticator | undefined
  user: SimulatorUser | undefined
  /** The user has proved who she is. */
  proved: boolean
  /** The one-time code is still to come. */
  codeAsked: boolean
}

const KEPT = 1000

/** Sign-ins under way, by id. The oldest is forgotten when there are too many. */
export class PendingSignIns {
  readonly #pending = new Map<string, PendingSignIn>()

  add(begun: Pick<PendingSignIn, 'journey' | 'request' | 'reused'>): PendingSignIn {
    const pending: PendingSignIn = {
      ...begun,
      id: randomBytes(16).toString('base64url'),
      authenticator: begun.reused?.authenticator,
      user: begun.reused?.user,
      proved: begun.reused !== undefined,
      codeAsked: false,
    }
    this.#pending.set(pending.id, pending)
    const [oldest] = this.#pending.keys()
    if (this.#pending.size > KEPT && oldest !== undefined) this.#pending.delete(oldest)
    return pending
  }

  find(id: string | null): PendingSignIn | undefined {
    return id === null ? undefined : this.#pending.get(id)
  }

  remove({ id }: PendingSignIn): void {
    this.#pending.delete(id)
  }
}
