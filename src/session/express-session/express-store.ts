/** connect-redis's store, over a client whose writes can neither revive a session nor touch who is signed in. */
import type { IncomingMessage } from 'node:http'

import { RedisStore } from 'connect-redis'
import session from 'express-session'
import type { SessionData } from 'express-session'

import { addressOf, newSessionId } from '../records/session-id.js'
import type { SessionAddress } from '../records/session-id.js'
import { appTextOf } from '../records/session-record.js'
import type { AppData } from '../records/session-record.js'
import { plainCookieValue } from '../plain-cookie-value.js'
import type { Visit, Visits } from './visit.js'

/** What the store's client does: connect-redis calls `get`, `set` and `del`, we answer. */
export interface SessionClient {
  /** Reads (and slides, when a visit is given); undefined when there is no such session. */
  get(address: SessionAddress, visit: Visit | undefined): Promise<FoundSession | undefined>
  /** @param create - The id is new: make the session. Otherwise write only into one that is there. */
  set(address: SessionAddress, text: string, create: boolean): Promise<void>
  end(address: SessionAddress): Promise<void>
}

/** A session read: the application's data, and what the visit has to know. */
export interface FoundSession {
  readonly data: AppData
  readonly note: (visit: Visit) => void
}

/** express-session's request: Express's types are not this layer's business. */
export type SessionRequest = IncomingMessage & {
  session?: (SessionData & AppData & { save(done: (error?: unknown) => void): void }) | undefined
  sessionID?: string | undefined
}

/** Where the data that connect-redis hands to express-session says what it was read from; no copy of it does. */
const FOUND = Symbol('express-cis2 found')

type ReadData = SessionData & { readonly [FOUND]?: FoundSession }

interface StoreSession extends SessionData {
  readonly id: string
  readonly req: IncomingMessage
}

/** The store that express-session is given. */
export class ExpressStore extends RedisStore {
  readonly #visits: Visits
  readonly #cookie: () => SessionCookie
  /** Set while express-session calls the store, which it does at once: so `get` knows for which request it reads. */
  #arriving: Visit | undefined
  /** Where the session of its cookie is kept. */
  #expected: SessionAddress | undefined
  /** Likewise for `set`, which connect-redis hands on to the client at once. */
  #writing: { visit: Visit | undefined; create: boolean } = { visit: undefined, create: false }

  constructor(client: SessionClient, visits: Visits, secure: boolean) {
    super({
      prefix: '',
      client: {
        get: (id: string) => this.#get(client, id),
        set: (id: string, text: string) => this.#set(client, id, text),
        del: ([id]: string[]) => this.#end(client, id),
      },
      serializer: {
        // What `get` found is no text: it was opened already.
        parse: (found) => this.#parse(found),
        stringify: (data) => appTextOf(data) ?? '{}',
      },
      // Lifetimes are the scripts' business, whatever the application does to `req.session.cookie`.
      disableTouch: true,
      ttl: () => 1,
    })
    this.#visits = visits
    this.#cookie = () => new SessionCookie(secure)
    // express-session touches on every answer when there is a `touch`; the read has slid already.
    Object.defineProperty(this, 'touch', { value: undefined })
  }

  /** Lets express-session read for this visit. */
  arrive(visit: Visit, expected: SessionAddress | undefined, read: () => void): void {
    this.#arriving = visit
    this.#expected = expected
    try {
      read()
    } finally {
      this.#arriving = undefined
      this.#expected = undefined
    }
  }

  /** express-session's `genid`. */
  newId(req: IncomingMessage): string {
    const visit = this.#visits.get(req)
    const id = visit?.nextId ?? newSessionId()
    if (visit !== undefined) visit.freshId = id
    return id
  }

  /** Puts our cookie in the place of express-session's, in sessions that it makes. Call once it has set `generate`. */
  adopt(): void {
    const store: { generate?: (req: SessionRequest) => void } = this as unknown as { generate?: () => void }
    const generate = store.generate
    const cookie = this.#cookie
    store.generate = function generateWithOurCookie(req) {
      generate?.call(store, req)
      if (req.session !== undefined) req.session.cookie = cookie()
    }
  }

  /** Gives the request a new session in the place of the one it has. */
  renew(req: SessionRequest): void {
    const { generate } = this as unknown as { generate: (req: SessionRequest) => void }
    generate(req)
  }

  override createSession(req: IncomingMessage, data: SessionData): session.Session & SessionData {
    const found = (data as ReadData)[FOUND]
    const visit = this.#visits.get(req)
    if (found !== undefined && visit !== undefined) found.note(visit)
    const made = super.createSession(req as Parameters<session.Store['createSession']>[0], data)
    made.cookie = this.#cookie()
    return made
  }

  override set(id: string, data: SessionData, done?: (error?: unknown) => void): Promise<unknown> {
    const visit = this.#visits.get((data as StoreSession).req)
    if (visit?.saved?.id === id && visit.saved.text === appTextOf(data)) {
      // At once: express-session then sends the answer in one piece.
      done?.(null)
      return Promise.resolve(null)
    }
    this.#writing = { visit, create: visit?.freshId === id }
    return super.set(id, data, done)
  }

  async #get(client: SessionClient, id: string): Promise<FoundSession | undefined> {
    const visit = this.#arriving
    const expected = this.#expected
    const address = expected?.id === id ? expected : addressOf(id)
    return address === undefined ? undefined : client.get(address, visit)
  }

  #parse(found: unknown): SessionData {
    const { data } = found as FoundSession
    return { ...data, cookie: {}, [FOUND]: found } as unknown as SessionData
  }

  async #set(client: SessionClient, id: string, text: string): Promise<void> {
    const { visit, create } = this.#writing
    const address = addressOf(id)
    if (address === undefined) return
    await client.set(address, text, create)
    if (visit === undefined) return
    if (create) {
      visit.freshId = undefined
      visit.address = address
    }
    visit.saved = { id, text: text === '{}' ? undefined : text }
  }

  async #end(client: SessionClient, id: string | undefined): Promise<number> {
    const address = addressOf(id)
    if (address !== undefined) await client.end(address)
    return 1
  }
}

/**
 * The session's cookie. express-session sets a secure cookie only when it can see that the request is https, which
 * behind a proxy it often cannot, and then leaves it out without a word. Ours follows `baseUrl` alone: `secure` stays
 * unset for that check, and is in the `data` that the cookie is made of.
 */
export class SessionCookie extends session.Cookie {
  readonly #secure: boolean

  constructor(secure: boolean) {
    super()
    this.#secure = secure
  }

  /** What express-session serialises. */
  get data(): object {
    return { path: '/', httpOnly: true, sameSite: 'lax', secure: this.#secure, encode: plainCookieValue }
  }

  toJSON(): object {
    return {}
  }
}
