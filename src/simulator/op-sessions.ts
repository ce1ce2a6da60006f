/** CIS2's own sessions: one per signed-in browser, shared by every application the user visits. */
import { randomBytes, randomUUID } from 'node:crypto'

import type { SimulatorAuthenticator } from './authenticators.js'
import type { SimulatorUser } from './users.js'

/** A signed-in browser, as CIS2 remembers it. */
export interface OpSession {
  /** Value of the cookie. */
  readonly id: string
  /** AM's handle on the session, in the ID token; the end-session endpoint finds the session by it. */
  readonly ops: string
  readonly user: SimulatorUser
  readonly authenticator: SimulatorAuthenticator
  /** When the user authenticated, in epoch seconds. */
  readonly authTime: number
  /** `person_roleid`, once chosen. */
  roleId: string | undefined
  /** `sid` by client: each client knows the session by a name of its own. */
  readonly sids: Map<string, string>
  /** The sign-in it began with. */
  readonly journey: string
}

const JOURNEYS_KEPT = 2000

/** CIS2's sessions by cookie. */
export class OpSessions {
  readonly #sessions = new Map<string, OpSession>()
  /** Of sessions that are over too: their API tokens live on. */
  readonly #journeys = new Map<unknown, string>()

  start(begun: Pick<OpSession, 'user' | 'authenticator' | 'authTime' | 'roleId' | 'journey'>): OpSession {
    const session = { ...begun, id: randomBytes(32).toString('base64url'), ops: randomUUID(), sids: new Map() }
    this.#sessions.set(session.id, session)
    this.#journeys.set(session.ops, session.journey)
    const [oldest] = this.#journeys.keys()
    if (this.#journeys.size > JOURNEYS_KEPT) this.#journeys.delete(oldest)
    return session
  }

  find(id: string | undefined): OpSession | undefined {
    return id === undefined ? undefined : this.#sessions.get(id)
  }

  findByOps(ops: unknown): OpSession | undefined {
    return this.all().find((session) => session.ops === ops)
  }

  /** The sign-in that a session began with, by AM's handle on the session. */
  journeyOf(ops: unknown): string | undefined {
    return this.#journeys.get(ops)
  }

  ofUser(sub: string): OpSession[] {
    return this.all().filter((session) => session.user.sub === sub)
  }

  all(): OpSession[] {
    return [...this.#sessions.values()]
  }

  end(session: OpSession): void {
    this.#sessions.delete(session.id)
  }
}

/** The name by which a client knows a session; the same in every ID token of that session. */
export function sidFor(session: OpSession, clientId: string): string {
  const known = session.sids.get(clientId)
  if (known !== undefined) return known
  const sid = randomBytes(32).toString('base64')
  session.sids.set(clientId, sid)
  return sid
}
