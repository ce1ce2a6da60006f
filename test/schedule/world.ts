/** The stage of a schedule: a session layer in two instances, a store, browsers, a clock, and an oracle that watches. */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'

import type { Cis2Config } from '../../src/options/cis2-config.js'
import type { Backend } from '../../src/session/backend.js'
import { createSessions } from '../../src/session/create-sessions.js'
import type { SessionRequest } from '../../src/session/express-session/express-store.js'
import { signedCookieValue } from '../../src/session/plain-cookie-value.js'
import { addressOf } from '../../src/session/records/session-id.js'
import type { Loaded, NewSession, Sessions } from '../../src/session/sessions.js'
import { gatedBackend, type Done, type Operation } from './backend.js'
import { JudgedPlatform } from './api-tokens.js'
import { Jar, QuietAnswer, QuietRequest } from './browser.js'
import { Oracle, type Login } from './oracle.js'
import { appDataOf, configFor, ignoreEvent, newSession, openBackend } from './settings.js'
import type { Intent, Where } from './settings.js'
import { age, harvest, type Kept } from './redis.js'
import type { Schedule } from './schedule.js'

export interface Visit {
  readonly req: SessionRequest
  readonly res: QuietAnswer
  readonly loaded: Loaded
  /** Name of the session that its cookie names. */
  readonly name: string | undefined
}

export interface WorldSettings {
  readonly where: Where
  readonly prefix: string
  readonly onePerUser: boolean
  readonly free?: ReadonlySet<Operation>
  /** Whether a sign-in takes one step; by default three, as on a Cluster. */
  readonly crossesSlots?: boolean
  /** Breaks the store, to see that it is noticed. */
  readonly sabotage?: (backend: Backend) => Backend
}

const OLD_SECRET = 'old-secret-old-secret-old-secret-1'
const NEW_SECRET = 'new-secret-new-secret-new-secret-2'
const MOST_ATTEMPTS = 5
const START = Date.UTC(2026, 0, 5, 9)

export class World {
  /** Two nodes in the middle of a change of secrets: each opens what the other seals. */
  readonly instances: readonly [Sessions, Sessions]
  readonly onePerUser: boolean
  oracle = new Oracle()
  now = START
  schedule: Schedule | undefined
  /** The step that counts when no schedule runs: 0 before, the last and one more after. */
  restingStep = 0
  /** Whether the store's own lifetimes follow the clock, or lag behind. */
  storeAges = true
  /** Whether idle deadlines are what was granted, to the millisecond: not so when the clock is turned by much. */
  exact = true
  /** Every session cookie that any browser was ever given. */
  readonly cookies = new Set<string>()
  /** Of each session that was made, by its name. */
  readonly idTokens = new Map<string, string>()
  /** The NHS API platform. */
  platform = new JudgedPlatform(this)
  /** By flow: the step of its first command. */
  readonly firstSteps = new Map<number, number>()
  readonly #where: Where
  readonly #prefix: string
  readonly #config: Cis2Config
  readonly #intents = new Map<number, Intent>()
  readonly #newNames = new Map<number, string>()
  readonly #newIdTokens = new Map<number, string>()
  /** How many schedules were run again. */
  disturbances = 0
  #troubles = 0
  #signIns = 0
  #backend: Backend
  #lastRead = { step: 0, now: 0 }

  constructor(settings: WorldSettings) {
    const { where, prefix, onePerUser, free = new Set(), crossesSlots = false, sabotage = leaveAlone } = settings
    this.#where = where
    this.#prefix = prefix
    this.onePerUser = onePerUser
    const clock = () => this.now
    const configs = [
      [OLD_SECRET, NEW_SECRET],
      [NEW_SECRET, OLD_SECRET],
    ].map((secret) => configFor(where, prefix, secret, onePerUser, clock))
    const [config, rotated] = configs
    if (config === undefined || rotated === undefined) throw new Error('two configurations')
    this.#config = config
    this.#backend = openBackend(config)
    const backend = gatedBackend({
      inner: () => sabotage(this.#backend),
      schedule: () => this.schedule,
      watch: (done) => {
        this.#watch(done)
      },
      disturbed: () => {
        this.#troubles += 1
      },
      free,
      crossesSlots,
    })
    this.instances = [createSessions(config, ignoreEvent, backend), createSessions(rotated, ignoreEvent, backend)]
  }

  /** Forgets everything; answers what was left in Redis. */
  async reset(): Promise<readonly Kept[]> {
    this.oracle = new Oracle()
    this.now = START
    this.schedule = undefined
    this.restingStep = 0
    this.storeAges = true
    this.exact = true
    for (const memory of [this.cookies, this.firstSteps, this.#intents, this.#newNames, this.idTokens]) memory.clear()
    this.platform = new JudgedPlatform(this)
    // Without a network nothing else would ever let a timer fire, and a callback sent twice waits by one.
    await nextTurn()
    if (this.#where !== 'memory') return harvest(this.#where.redis, this.#prefix)
    this.#backend = openBackend(this.#config)
    return []
  }

  /**
   * Runs it again when the store itself was in trouble meanwhile: on a busy machine a command may well take longer
   * than half a second.
   */
  async undisturbed<Result>(run: () => Promise<Result>, rewind: () => void): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const before = this.#troubles
      const outcome = await run().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      if (this.#troubles === before) {
        if ('value' in outcome) return outcome.value
        throw outcome.error
      }
      if (attempt === MOST_ATTEMPTS) throw new Error('The store fails every time: the schedule is to blame.')
      this.disturbances += 1
      // By then what was sent before has been carried out, or never will be.
      while (this.#backend.health().status !== 'ok') await delay(50)
      await this.reset()
      rewind()
    }
  }

  async close(): Promise<void> {
    await this.#backend.close()
  }

  get seconds(): number {
    return Math.floor(this.now / 1000)
  }

  /** Begins a request. The cookies are those of this moment. */
  async open(jar: Jar, sessions: Sessions, passive = false): Promise<Visit> {
    const visit = await this.#load(jar, sessions, passive)
    const { req, loaded, name } = visit
    if (loaded.store === 'unavailable') return visit
    const user = loaded.session?.user()
    this.oracle.seen({
      name,
      asked: visit.asked,
      read: name === undefined ? this.now : this.#lastRead.now,
      step: name === undefined ? 0 : this.#lastRead.step,
      user: user === undefined ? undefined : { sub: user.sub, role: loaded.session?.subject.selectedRole?.code },
      appData: appDataOf(req),
    })
    return visit
  }

  async #load(jar: Jar, sessions: Sessions, passive: boolean): Promise<Visit & { asked: number }> {
    const req: SessionRequest = new QuietRequest(jar.header())
    const res = new QuietAnswer(req)
    const asked = this.now
    // While the request waits for its turn, others may give the browser another cookie.
    const name = this.nameOf(jar)
    const loaded = await sessions.load(req, res, passive)
    return { req, res, loaded, asked, name }
  }

  /** Sends the answer; resolves when it has left, and the browser has its cookies. */
  async answer(visit: Visit, jar: Jar, { setsCookie = false } = {}): Promise<void> {
    visit.res.end()
    await visit.res.sent
    const touched = jar.receive(visit.res, this.#config.session.cookieName)
    if (touched && !setsCookie) this.oracle.violated('RACE-16 a plain answer sets the session cookie')
    const cookie = jar.get(this.#config.session.cookieName)
    if (cookie !== undefined) this.cookies.add(cookie)
  }

  /** A browser with one session cookie and nothing else. */
  jarWith(cookie: string): Jar {
    const jar = new Jar()
    jar.set(this.#config.session.cookieName, cookie)
    return jar
  }

  nameOf(jar: Jar): string | undefined {
    const cookie = jar.get(this.#config.session.cookieName)
    // `s:` and the id, then the signature.
    return cookie === undefined ? undefined : addressOf(signedCookieValue(cookie)?.slice(2, 67))?.name
  }

  /** Says whom the running flow signs in, for the session that will be seen in the store. */
  intend(intent: Intent): NewSession {
    this.#intents.set(this.#flow, intent)
    this.#newNames.delete(this.#flow)
    const session = newSession(intent, (this.#signIns += 1))
    this.#newIdTokens.set(this.#flow, session.tokens.idToken)
    return session
  }

  /** The session that the running flow has made. */
  get made(): Login | undefined {
    return this.oracle.logins.get(this.#newNames.get(this.#flow) ?? '')
  }

  /** Lets time pass, here and (when it follows) in the store. */
  async pass(seconds: number): Promise<void> {
    this.now += seconds * 1000
    if (this.storeAges && this.#where !== 'memory') await age(this.#where.redis, this.#prefix, seconds * 1000)
  }

  get #flow(): number {
    return this.schedule?.running ?? -1
  }

  #watch(done: Done): void {
    if (!this.firstSteps.has(this.#flow)) this.firstSteps.set(this.#flow, done.step)
    if (done.operation === 'read') {
      const [{ name }] = done.args
      this.#lastRead = { step: this.schedule === undefined ? this.restingStep : done.step, now: this.now }
      if (done.reply.state !== 'live') return
      if (done.reply.granted > 0) this.oracle.slid(name, done.reply.granted)
      this.oracle.deadlineIs(name, done.reply.until, this.exact)
    } else if (done.operation === 'readApiToken' || done.operation === 'claimApiToken') {
      const isLive = done.operation === 'readApiToken' ? done.reply !== undefined : done.reply.claim !== 'over'
      if (isLive) this.oracle.touched(done.args[0].name, done.step)
    } else if (done.operation === 'saveApiToken') {
      if (done.reply) this.oracle.touched(done.args[0].name, done.step)
    } else if (done.operation === 'unslide') {
      this.oracle.takenBack(done.args[0].name, done.args[1])
    } else if (done.operation === 'signIn' && done.reply !== undefined) {
      const [{ place, until, absolute }] = done.args
      const intent = this.#intents.get(this.#flow)
      if (intent === undefined) throw new Error('a session nobody meant to make')
      this.#newNames.set(this.#flow, place.name)
      this.idTokens.set(place.name, this.#newIdTokens.get(this.#flow) ?? '')
      this.oracle.signedIn({
        ...intent,
        name: place.name,
        born: done.step,
        absolute,
        grants: [until],
        latest: until,
        acknowledged: false,
      })
    }
  }
}

function leaveAlone(backend: Backend): Backend {
  return backend
}
