/**
 * People who sign in, look around and sign out while Redis is in trouble, over real HTTP; and an oracle that remembers
 * what each of them was told.
 */
import { setTimeout as delay } from 'node:timers/promises'

import type { Answer, Browser, BrowserRequest } from '../app/browser.js'
import { Seeded } from '../../schedule/choices.js'
import { NURSE, type Person, type ScriptedProvider } from '../app/scripted-provider.js'
import { TestClock, type TestApp } from '../app/start-app.js'

/** As much of an application as a load needs. */
export type LoadedApp = Pick<TestApp, 'baseUrl' | 'browser'> & Partial<Pick<TestApp, 'events'>>

/** Servers in other processes know no other time. */
export class RealClock extends TestClock {
  override readonly read = (): number => Date.now()
}

interface Member {
  readonly sub: string
  readonly sid: string
  readonly browser: Browser
  /** `unknown`: asked to end, and nobody confirmed it; or the store has forgotten everything. */
  state: 'alive' | 'ending' | 'ended' | 'unknown'
}

export interface LoadFigures {
  requests: number
  signIns: number
  signOuts: number
  backChannelLogouts: number
  unavailable: number
  /** In milliseconds. */
  slowestUnavailable: number
  slowest: number
  /** Of the guarded page's answers. In milliseconds. */
  slowestGuarded: number
  /** How many of them, by what was asked for. */
  readonly refused: Record<string, number>
}

export interface LoadSettings {
  /** Longest time between two actions of one worker, in milliseconds. */
  readonly pace?: number
  readonly workers?: number
  /** So many are signed in when the trouble begins, or nobody would be there to be lost. */
  readonly fewestAlive?: number
}

/** Between two actions of one worker, in milliseconds: a load, not a flood. */
const PACE = 15
const WORKERS = 4
const FEWEST_ALIVE = 40
/** Kept to be looked at again; older ones are let go, or checking them all would take longer than the fault. */
const MOST_MEMBERS = 150

export class Load {
  readonly figures: LoadFigures = {
    requests: 0,
    signIns: 0,
    signOuts: 0,
    backChannelLogouts: 0,
    unavailable: 0,
    slowestUnavailable: 0,
    slowest: 0,
    slowestGuarded: 0,
    refused: {},
  }
  readonly violations: string[] = []
  /** How long each recovery took, in milliseconds. */
  readonly recoveries: number[] = []
  /** How often somebody was looked at, by what she had been told. */
  readonly seen = { alive: 0, ended: 0 }
  /** When something was last answered 503, by what was asked for: `performance.now()`. */
  readonly lastRefused: Record<string, number> = {}
  readonly #app: LoadedApp
  readonly #provider: ScriptedProvider
  readonly #random: Seeded
  readonly #settings: Required<LoadSettings>
  readonly #sids = new Map<string, string>()
  #members: Member[] = []
  #people = 0
  /** Odd while the store is forgetting. */
  #age = 0
  #running: Promise<unknown> = Promise.resolve()
  #goesOn = false

  constructor(app: LoadedApp, provider: ScriptedProvider, seed: number, settings: LoadSettings = {}) {
    this.#settings = { pace: PACE, workers: WORKERS, fewestAlive: FEWEST_ALIVE, ...settings }
    this.#app = app
    this.#provider = provider
    this.#random = new Seeded(seed)
    // Everybody who comes to CIS2 is somebody else.
    Object.defineProperty(provider, 'person', { configurable: true, get: () => this.#nextPerson() })
    provider.script.idTokenClaims = (claims) => {
      this.#sids.set(String(claims.sub), String(claims.sid))
      return claims
    }
  }

  start(): void {
    this.#goesOn = true
    this.#running = Promise.all(Array.from({ length: this.#settings.workers }, () => this.#work()))
  }

  async stop(): Promise<void> {
    this.#goesOn = false
    await this.#running
  }

  /** The store loses everything while this lasts: nobody can blame it for that. */
  async whileForgetting(action: () => unknown): Promise<void> {
    this.#forget()
    await action()
    this.#forget()
  }

  #forget(): void {
    this.#age += 1
    for (const member of this.#members) if (member.state !== 'ended') member.state = 'unknown'
  }

  /** Waits until somebody can sign in again, notes how long that took, and looks at everybody. */
  async recover(limit: number): Promise<void> {
    this.recoveries.push(await this.#untilRecovered(limit))
    await this.#verify()
  }

  async #untilRecovered(limit: number): Promise<number> {
    const from = performance.now()
    while (!(await this.#signIn())) {
      if (performance.now() - from > limit) throw new Error(`Nobody can sign in after ${limit} ms.`)
      await delay(25)
    }
    return Math.round(performance.now() - from)
  }

  /** Who was told that she is signed in must be, who was told that she is not must not be. */
  async #verify(): Promise<void> {
    for (const member of this.#members) {
      if (member.state === 'alive' || member.state === 'ended') this.seen[member.state] += 1
      await this.#look(member)
    }
  }

  async #work(): Promise<void> {
    while (this.#goesOn) {
      await this.#act()
      this.#provider.requests.length = 0
      if (this.#app.events !== undefined) this.#app.events.length = 0
      await this.#pause()
    }
  }

  /** A load that idles, idles now and then longer and now and then hardly. */
  async #pause(): Promise<void> {
    const { pace } = this.#settings
    await delay(pace === PACE ? pace : this.#random.choose(pace))
  }

  /** Somebody who stays: signs in before the trouble. */
  async signInMany(count: number): Promise<void> {
    for (let number = 0; number < count; number++) await this.#signIn()
  }

  async #act(): Promise<void> {
    const alive = this.#members.filter(({ state }) => state === 'alive')
    const draw = this.#random.fraction()
    if (alive.length < this.#settings.fewestAlive || draw < 0.25) await this.#signIn()
    else if (draw < 0.75) await this.#look(this.#random.pick(this.#members))
    else if (draw < 0.88) await this.#signOut(this.#random.pick(alive))
    else await this.#backChannel(this.#random.pick(alive))
  }

  /** Returns whether somebody was signed in. */
  async #signIn(): Promise<boolean> {
    const browser = this.#app.browser()
    const age = this.#age
    const login = await this.#ask(browser, '/login')
    if (!this.#expected('/login', login, [302])) return false
    const authorized = await browser.navigate(login.location ?? '')
    const callback = await this.#ask(browser, authorized.location ?? '')
    const forgotten = age % 2 === 1 || age !== this.#age
    // What was remembered of a sign-in under way is forgotten with the rest.
    const done = this.#expected('/callback', callback, forgotten ? [303, 400] : [303]) && callback.status === 303
    const me = await this.#ask(browser, '/me', { headers: { accept: 'application/json' } })
    if (!done) {
      if (me.status === 200) this.violations.push('I1 a sign-in that was answered 503 has a user')
      return false
    }
    this.figures.signIns += 1
    const lost = forgotten || age !== this.#age
    if (me.status === 401 && !lost) this.violations.push('I3 an acknowledged sign-in is lost at once')
    if (me.status !== 200) return true
    const sub = String(me.json().sub)
    this.#members.push({ sub, sid: this.#sids.get(sub) ?? '', browser, state: lost ? 'unknown' : 'alive' })
    if (this.#members.length > MOST_MEMBERS) this.#letGo()
    return true
  }

  /** Who has ended first: those who were there before the trouble are the ones to be lost. */
  #letGo(): void {
    const ended = this.#members.findIndex(({ state }) => state === 'ended')
    this.#members.splice(Math.max(0, ended), 1)
  }

  async #look(member: Member): Promise<void> {
    const before = member.state
    const answer = await this.#ask(member.browser, '/me', { headers: { accept: 'application/json' } })
    if (!this.#expected('/me', answer, [200, 401])) return
    if (answer.status === 200 && answer.json().sub !== member.sub)
      this.violations.push('I4 somebody became somebody else')
    if (before === 'ended' && answer.status === 200) this.violations.push('I2 an ended session is alive again')
    // Meanwhile somebody may have asked to end it.
    if (before === 'alive' && member.state === 'alive' && answer.status === 401)
      this.violations.push('I3 an acknowledged sign-in is lost')
  }

  async #signOut(member: Member): Promise<void> {
    member.state = 'ending'
    // The answer clears the cookie; a copy of it must be dead all the same.
    const browser = member.browser.copy()
    const answer = await this.#ask(browser, '/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
    const done = this.#expected('/logout', answer, [303])
    member.state = done ? 'ended' : 'unknown'
    if (done) this.figures.signOuts += 1
  }

  async #backChannel(member: Member): Promise<void> {
    member.state = 'ending'
    const token = await this.#provider.logoutToken({ sid: member.sid, sub: member.sub })
    const body = new URLSearchParams({ logout_token: token })
    const answer = await this.#ask(this.#app.browser(), '/backchannel-logout', { method: 'POST', body })
    // OpenID Connect Back-Channel Logout 1.0, section 2.8, knows no 503.
    const failed = answer.status === 400 && answer.json().error === 'logout_failed'
    if (!failed && answer.status !== 200) this.violations.push(`/backchannel-logout was answered ${answer.status}`)
    member.state = answer.status === 200 ? 'ended' : 'unknown'
    if (failed) this.#refused('/backchannel-logout')
    if (answer.status === 200) this.figures.backChannelLogouts += 1
  }

  async #ask(browser: Browser, address: string, request: BrowserRequest = {}): Promise<Answer> {
    const from = performance.now()
    const answer = await browser.request(address.startsWith('/') ? this.#app.baseUrl + address : address, request)
    const took = Math.round(performance.now() - from)
    const { figures } = this
    figures.requests += 1
    figures.slowest = Math.max(figures.slowest, took)
    if (address === '/me') figures.slowestGuarded = Math.max(figures.slowestGuarded, took)
    if (answer.status === 503 || answer.status === 400) {
      figures.unavailable += 1
      figures.slowestUnavailable = Math.max(figures.slowestUnavailable, took)
    }
    return answer
  }

  #expected(what: string, answer: Answer, statuses: readonly number[]): boolean {
    if (answer.status === 503) {
      this.#refused(what)
      return false
    }
    if (statuses.includes(answer.status)) return true
    this.violations.push(`${what} was answered ${answer.status}: ${answer.body.slice(0, 200)}`)
    return false
  }

  #refused(what: string): void {
    this.figures.refused[what] = (this.figures.refused[what] ?? 0) + 1
    this.lastRefused[what] = performance.now()
  }

  #nextPerson(): Person {
    this.#people += 1
    return {
      ...NURSE,
      sub: String(555_000_000_000 + this.#people),
      userInfo: { ...NURSE.userInfo, nhsid_useruid: undefined },
    }
  }
}

/** What a test has measured, in lines. */
export function tell({ figures, recoveries, seen }: Load): string[] {
  const sorted = [...recoveries].sort((one, other) => one - other)
  return [
    `${figures.requests} requests: ${figures.signIns} sign-ins, ${figures.signOuts} sign-outs, ${figures.backChannelLogouts} back-channel logouts acknowledged`,
    `${figures.unavailable} answered 503 (a logout token: 400), the slowest in ${figures.slowestUnavailable} ms; the slowest answer of all ${figures.slowest} ms, of a guarded page ${figures.slowestGuarded} ms`,
    `somebody could sign in again after ${sorted.join(', ')} ms`,
    `${seen.alive} times seen alive, ${seen.ended} times seen ended`,
  ]
}
