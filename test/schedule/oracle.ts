/** What must be true of sessions, told from what was asked and answered, without looking at how it is kept. */

export interface Login {
  /** The session's name in the store. */
  readonly name: string
  readonly sub: string
  readonly sid: string
  readonly role: string
  readonly authTime: number
  /** Step in which the store made it. */
  readonly born: number
  readonly absolute: number
  /** Idle deadlines that reads have granted and nobody has taken back; the first is the sign-in's. */
  readonly grants: number[]
  /** Latest that was ever granted. */
  latest: number
  /** The browser was told. */
  acknowledged: boolean
}

/** Something that ends sessions, or keeps them from beginning. */
export interface Ending {
  readonly what: string
  readonly covers: (login: Login) => boolean
}

export interface Seen {
  /** Name of the session that the cookie names. */
  readonly name: string | undefined
  /** The request's own time, in epoch milliseconds. */
  readonly asked: number
  /** The time when the store was asked. */
  readonly read: number
  readonly step: number
  readonly user: { readonly sub: string; readonly role: string | undefined } | undefined
  readonly appData: Readonly<Record<string, unknown>> | undefined
}

/** A list of a user's sessions. */
export interface Listing {
  readonly count: number
  /** How many of her cookies were seen to be alive. */
  readonly alive: number
  readonly step: number
  /** Epoch milliseconds. */
  readonly now: number
  /** Every session's cookie has reached its browser, so that the list has just what was seen. */
  readonly exact: boolean
}

export class Oracle {
  readonly logins = new Map<string, Login>()
  readonly violations: string[] = []
  readonly #acknowledged: (Ending & { readonly step: number })[] = []
  readonly #possible: Ending[] = []
  readonly #bars: ((login: Pick<Login, 'sub' | 'sid' | 'authTime'>) => boolean)[] = []
  readonly #taken = new Map<string, number>()

  violated(what: string): void {
    this.violations.push(what)
  }

  signedIn(login: Login): void {
    if (this.logins.has(login.name)) this.violated('a session id came twice')
    this.logins.set(login.name, login)
  }

  slid(name: string, granted: number): void {
    const login = this.logins.get(name)
    login?.grants.push(granted)
    if (login !== undefined) login.latest = Math.max(login.latest, granted)
  }

  takenBack(name: string, granted: number): void {
    const grants = this.logins.get(name)?.grants
    const at = grants?.lastIndexOf(granted) ?? -1
    if (at > 0) grants?.splice(at, 1)
  }

  /** @param exact - Otherwise a grant may have been settled before it was taken back. */
  deadlineIs(name: string, until: number, exact: boolean): void {
    const login = this.logins.get(name)
    if (login === undefined) return
    if (until > login.latest) this.violated('an idle deadline that nobody was granted')
    if (exact && until !== Math.max(...login.grants)) this.violated('the idle deadline is not the latest that stands')
  }

  /** From now on such a session may end: whoever asked for it has not been answered yet. */
  mayEnd(ending: Ending): void {
    this.#possible.push(ending)
  }

  /** From now on such a sign-in may be refused. */
  mayBar(bars: (login: Pick<Login, 'sub' | 'sid' | 'authTime'>) => boolean): void {
    this.#bars.push(bars)
  }

  /** Whoever asked for it has been told that it is done. */
  ended(ending: Ending, step: number): void {
    this.#acknowledged.push({ ...ending, step })
  }

  refused(login: Pick<Login, 'sub' | 'sid' | 'authTime'>): void {
    if (!this.#bars.some((bars) => bars(login))) this.violated('a sign-in was refused for a logout that never came')
  }

  /** A pending sign-in was handed out. */
  took(state: string): void {
    const times = (this.#taken.get(state) ?? 0) + 1
    this.#taken.set(state, times)
    if (times > 1) this.violated('CB-9 one state went on to the token endpoint twice')
  }

  /** Its API token was read, claimed or written: it must not have ended by then. */
  touched(name: string, at: number): void {
    const login = this.logins.get(name)
    for (const { what, covers, step } of this.#acknowledged) {
      if (login !== undefined && step < at && covers(login)) this.violated(`I2 an API token after ${what}`)
    }
  }

  /** Whether nothing that was asked for can have ended it. */
  mustLive(login: Login): boolean {
    return login.acknowledged && !this.#possible.some(({ covers }) => covers(login))
  }

  seen(seen: Seen): void {
    const login = seen.name === undefined ? undefined : this.logins.get(seen.name)
    if (seen.user !== undefined) this.#judgeAlive(seen, seen.user, login)
    else if (login !== undefined && this.mustLive(login) && seen.read < Math.max(...login.grants)) {
      this.violated('an acknowledged session is gone')
    }
    const owner = seen.user?.sub ?? 'nobody'
    for (const value of Object.values(seen.appData ?? {})) {
      if (ownerOf(value) !== owner) this.violated(`${owner} got application data of ${String(ownerOf(value))}`)
    }
  }

  /** What a list of a user's sessions says after everything is done. */
  listed(sub: string, { count, alive, step, now, exact }: Listing): void {
    if (count < alive) this.violated('a live session is not in the list of its user')
    const ended = (login: Login) => this.#acknowledged.some((ending) => ending.step < step && ending.covers(login))
    const mayLive = [...this.logins.values()].filter(
      (login) => login.sub === sub && now < Math.min(login.absolute, login.latest) && !ended(login),
    )
    if (count > (exact ? alive : mayLive.length)) this.violated('a list of sessions has one that has ended')
  }

  /** The list that a browser asks for must have its own session in it, once, while that lives. */
  marked(marks: number): void {
    if (marks !== 1) this.violated(`a list marks ${marks} sessions as the one that asks`)
  }

  #judgeAlive(seen: Seen, user: NonNullable<Seen['user']>, login: Login | undefined): void {
    if (login === undefined) {
      this.violated('a cookie that nobody signed in with has a user')
      return
    }
    if (user.sub !== login.sub) this.violated(`${login.sub} became ${user.sub}`)
    if (user.role !== login.role) this.violated(`the role ${login.role} became ${String(user.role)}`)
    for (const { what, covers, step } of this.#acknowledged) {
      if (step < seen.step && covers(login)) this.violated(`alive after ${what}`)
    }
    if (seen.asked >= login.absolute) this.violated('alive after its last moment')
    if (seen.asked >= login.latest) this.violated('alive after its idle time')
  }
}

/** Flows write `{ owner }` into every field of the application's data. */
function ownerOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'owner' in value ? value.owner : undefined
}
