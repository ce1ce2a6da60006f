/** People at an application that is a process of its own: guarded requests at a steady rate, and sign-ins all the while. */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import type { SimulatorUser } from '../../../src/simulator/users.js'
import { Browser } from './browser.js'

/** Somebody with a browser. */
interface Member {
  readonly user: SimulatorUser
  readonly browser: Browser
  readonly cookie: string
  /** Whether a request of hers is under way. */
  underWay: number
}

export interface CrowdFigures {
  requests: number
  signIns: number
  signOuts: number
  apiCalls: number
  /** Milliseconds. */
  slowest: number
  seconds: number
  readonly instances: Set<number>
}

/** Guarded requests at once: more would measure this machine. */
const MOST_UNDER_WAY = 64
/** So much of a delay is made up for, in milliseconds. */
const LATEST = 1_000

export class Crowd {
  readonly figures: CrowdFigures = {
    requests: 0,
    signIns: 0,
    signOuts: 0,
    apiCalls: 0,
    slowest: 0,
    seconds: 0,
    instances: new Set(),
  }
  /** Everything that was not answered as it should: nobody is refused, and nobody signed out. */
  readonly refused: string[] = []
  readonly #baseUrl: string
  readonly #users: readonly SimulatorUser[]
  readonly #agent = new Agent({ keepAlive: true })
  #members: Member[] = []
  #people = 0
  #begun = 0
  #goesOn = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(baseUrl: string, users: readonly SimulatorUser[]) {
    this.#baseUrl = baseUrl
    this.#users = users
  }

  /** Of those there are, so many; the others follow as they sign in. */
  async arrive(count: number): Promise<void> {
    for (let each = 0; each < count; each++) await this.#signIn()
  }

  /** @param rate - Guarded requests in a second. */
  start(rate: number): void {
    this.#goesOn = true
    this.#begun = performance.now()
    this.#running = Promise.all([this.#look(rate), this.#comeAndGo()])
  }

  async stop(): Promise<void> {
    if (!this.#goesOn) return
    this.#goesOn = false
    this.figures.seconds += (performance.now() - this.#begun) / 1_000
    await this.#running
  }

  /** Everybody who is there has signed in anew, and signed out of what she had: 12 hours later. */
  async renew(): Promise<void> {
    const before = new Set(this.#members)
    while (this.#members.some((member) => before.has(member))) await delay(20)
  }

  /** Each in her turn, at her time, whether earlier ones are answered or not; a machine that is too slow falls behind. */
  async #look(rate: number): Promise<void> {
    const underWay = new Set<Promise<void>>()
    let due = performance.now()
    for (let sent = 0; this.#goesOn; sent++) {
      due = Math.max(due + 1_000 / rate, performance.now() - LATEST)
      await delay(Math.max(0, due - performance.now()))
      if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay)
      const member = this.#members[sent % this.#members.length]
      if (member === undefined) continue
      const looking: Promise<void> = this.#me(member).finally(() => underWay.delete(looking))
      underWay.add(looking)
    }
    await Promise.all(underWay)
  }

  async #me(member: Member): Promise<void> {
    const from = performance.now()
    member.underWay += 1
    try {
      const { status, body } = await this.#get('/me', member.cookie)
      this.figures.requests += 1
      this.figures.slowest = Math.max(this.figures.slowest, performance.now() - from)
      const answer = (status === 200 ? JSON.parse(body) : {}) as { sub?: string; pid?: number }
      if (answer.sub !== member.user.sub) this.refused.push(`/me ${status} ${body.slice(0, 120)}`)
      else this.figures.instances.add(Number(answer.pid))
    } catch (error) {
      this.refused.push(`/me ${String(error)}`)
    } finally {
      member.underWay -= 1
    }
  }

  /** Somebody comes, and whoever has been there longest goes. */
  async #comeAndGo(): Promise<void> {
    while (this.#goesOn) {
      try {
        await this.#signIn()
        await this.#signOutFirst()
      } catch (error) {
        this.refused.push(String(error))
      }
      await delay(100)
    }
  }

  async #signIn(): Promise<void> {
    const user = this.#users[this.#people++ % this.#users.length]
    if (user === undefined) throw new Error('nobody')
    const browser = new Browser()
    const page = await this.#untilItLeaves(browser, `${this.#baseUrl}/login`)
    const form = new URLSearchParams({
      action: 'sign-in',
      user: user.sub,
      authenticator: String(user.authenticators[0]?.name),
    })
    const sent = await browser.request(page, { method: 'POST', body: form })
    if (sent.location === undefined) throw new Error(`at CIS2 ${String(sent.status)}: ${page} ${sent.body.slice(-900)}`)
    const answer = await browser.navigate(sent.location)
    if (answer.status !== 303) throw new Error(`sign-in ${String(answer.status)}: ${answer.body.slice(0, 300)}`)
    this.figures.signIns += 1
    const cookie = browser.cookieHeader(new URL(this.#baseUrl))
    const patient = await this.#get('/patient', cookie)
    if (patient.status !== 200) throw new Error(`/patient ${String(patient.status)} ${patient.body.slice(0, 120)}`)
    this.figures.apiCalls += 1
    this.#members.push({ user, browser, cookie, underWay: 0 })
  }

  /** From the application to the page at CIS2. */
  async #untilItLeaves(browser: Browser, address: string): Promise<string> {
    const begin = await browser.navigate(address)
    if (begin.status !== 302) throw new Error(`/login ${String(begin.status)}: ${begin.body.slice(0, 300)}`)
    const authorize = await browser.navigate(String(begin.location))
    return String(authorize.location)
  }

  async #signOutFirst(): Promise<void> {
    const [first] = this.#members
    if (first === undefined) return
    this.#members = this.#members.slice(1)
    while (first.underWay > 0) await delay(5)
    const answer = await first.browser.request(`${this.#baseUrl}/logout`, { method: 'POST' })
    if (answer.status !== 303) throw new Error(`/logout ${String(answer.status)}`)
    this.figures.signOuts += 1
  }

  #get(path: string, cookie: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(this.#baseUrl + path, { agent: this.#agent, headers: { cookie } }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('error', reject)
        answer.once('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
        })
      })
      sent.once('error', reject)
      sent.end()
    })
  }
}
