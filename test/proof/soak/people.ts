/** People who come and go at an application all the while, in every way that there is, and notice each wrong answer. */
import { Agent, request, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import type { Simulator } from '../../../src/simulator/index.js'
import type { SimulatorUser } from '../../../src/simulator/users.js'
import type { Draws } from '../draws.js'
import { Browser, type Answer } from '../../support/app/browser.js'

interface Member {
  readonly user: SimulatorUser
  readonly browser: Browser
  readonly cookie: string
  readonly stream: Stream | undefined
}

interface Stream {
  /** Why it ended; undefined while it is open. */
  ended(): string | undefined
  close(): void
}

export interface SoakFigures {
  signIns: number
  stepUps: number
  requests: number
  apiCalls: number
  streams: number
  signOuts: number
  logoutsByCis2: number
  /** While the store fails over, somebody may be asked to try again. */
  askedToWait: number
  /** At other times: a machine that is too busy. */
  askedToWaitOtherwise: number
}

/** A stream ends so long after its session at the latest, in milliseconds; the store looks after a moment. */
const STREAM_ENDS_WITHIN = 20_000
/** One in so many keeps a stream open. */
const STREAM_EVERY = 3
/**
 * Pause between two who come, and between two guarded requests. So many come that what is remembered of sessions, which is
 * bounded, is full before memory is looked at.
 */
const ARRIVAL = 250
const LOOK = 60

export class People {
  readonly figures: SoakFigures = {
    ...{ signIns: 0, stepUps: 0, requests: 0, apiCalls: 0, streams: 0, signOuts: 0, logoutsByCis2: 0 },
    ...{ askedToWait: 0, askedToWaitOtherwise: 0 },
  }
  /** Answers that are wrong, in words. */
  readonly wrong: string[] = []
  readonly #agent = new Agent({ keepAlive: true })
  readonly #checks = new Set<Promise<void>>()
  #members: Member[] = []
  #arrived = 0
  #goesOn = false
  #running: Promise<unknown> = Promise.resolve()
  readonly #url: string
  readonly #simulator: Simulator
  readonly #draws: Draws
  readonly #isTroubled: () => boolean

  /** @param isTroubled - Whether the store fails over just now. */
  constructor(url: string, simulator: Simulator, draws: Draws, isTroubled: () => boolean) {
    this.#url = url
    this.#simulator = simulator
    this.#draws = draws
    this.#isTroubled = isTroubled
  }

  async arrive(count: number): Promise<void> {
    while (this.#members.length < count) await this.#attempt(() => this.#signIn())
  }

  start(): void {
    this.#goesOn = true
    this.#running = Promise.all([this.#comeAndGo(), this.#look()])
  }

  /** Whoever is there leaves. */
  async stop(): Promise<void> {
    if (!this.#goesOn) return
    this.#goesOn = false
    await this.#running
    while (this.#members.length > 0) await this.#attempt(() => this.#leave())
    await Promise.all(this.#checks)
    this.#agent.destroy()
  }

  /** Nobody is waited for: something has failed. */
  abandon(): void {
    this.#goesOn = false
    this.#agent.destroy()
  }

  /** Everybody who is there now has gone. */
  async renew(): Promise<void> {
    const before = new Set(this.#members)
    while (this.#members.some((member) => before.has(member))) await delay(100)
  }

  async #comeAndGo(): Promise<void> {
    while (this.#goesOn) {
      await this.#attempt(() => this.#signIn())
      await this.#attempt(() => this.#leave())
      await delay(ARRIVAL)
    }
  }

  async #look(): Promise<void> {
    for (let turn = 0; this.#goesOn; turn++) {
      const member = this.#members[turn % Math.max(1, this.#members.length)]
      if (member !== undefined) await this.#attempt(() => this.#see(member))
      await delay(LOOK)
    }
  }

  /** What could not be answered is tried again later; anything else that fails is wrong. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof AskedToWait)) this.wrong.push(String(error))
      else if (this.#isTroubled()) this.figures.askedToWait += 1
      else this.figures.askedToWaitOtherwise += 1
      await delay(200)
    }
  }

  /** First with less than a smartcard, every other time: then the page that wants one is a step-up. */
  async #signIn(): Promise<void> {
    const user = this.#simulator.users[this.#arrived++ % this.#simulator.users.length]
    if (user === undefined) throw new Error('nobody')
    const browser = new Browser()
    const isWeak = this.#draws.percent(50)
    await this.#throughCis2(browser, user, isWeak ? 'app' : 'smartcard', `${this.#url}/login`)
    this.figures.signIns += 1
    if (isWeak) {
      await this.#throughCis2(browser, user, 'smartcard', `${this.#url}/strong`)
      this.figures.stepUps += 1
    }
    expectSub(await browser.request(`${this.#url}/strong`), user)
    const patient = expectServed(await browser.request(`${this.#url}/patient`))
    if (patient.status !== 200) throw new Error(`/patient ${patient.status}`)
    this.figures.apiCalls += 1
    const cookie = browser.cookieHeader(new URL(this.#url))
    const stream = this.#arrived % STREAM_EVERY === 0 ? await this.#openStream(cookie) : undefined
    this.#members.push({ user, browser, cookie, stream })
  }

  async #throughCis2(browser: Browser, user: SimulatorUser, authenticator: string, from: string): Promise<void> {
    const page = await this.#pageAtCis2(browser, from)
    const role = user.roles[0]?.person_roleid ?? ''
    const form = new URLSearchParams({ action: 'sign-in', user: user.sub, authenticator, role })
    const sent = await browser.request(page, { method: 'POST', body: form })
    if (sent.location === undefined) throw new Error(`at CIS2: ${sent.status} ${page.slice(0, 100)}`)
    const answer = expectServed(await browser.navigate(sent.location))
    if (answer.status !== 303) throw new Error(`sign-in ${answer.status} ${answer.body.slice(0, 300)}`)
  }

  /** The application, its `/login`, CIS2, the page of CIS2. */
  async #pageAtCis2(browser: Browser, from: string): Promise<string> {
    let address = from
    for (let hop = 0; hop < 6; hop++) {
      const answer = expectServed(await browser.navigate(address))
      if (answer.location === undefined) throw new Error(`${address} was answered ${answer.status}`)
      if (address.startsWith(this.#simulator.url)) return answer.location
      address = answer.location
    }
    throw new Error(`from ${from} nobody came to CIS2`)
  }

  async #see({ user, cookie }: Member): Promise<void> {
    const answer = await this.#send('GET', '/me', cookie)
    this.figures.requests += 1
    // Somebody may have left since she was chosen.
    if (answer.status === 401 && !this.#members.some((member) => member.cookie === cookie)) return
    expectSub(answer, user)
  }

  /** The one who is there longest, by herself or by CIS2; nobody is let in with her cookie afterwards. */
  async #leave(): Promise<void> {
    const [member] = this.#members
    if (member === undefined || (this.#goesOn && this.#members.length < PRESENT)) return
    const others = this.#members.slice(1)
    if (this.#draws.percent(50)) {
      this.#members = others
      await this.#signOut(member)
    } else {
      // All of hers.
      this.#members = others.filter(({ user }) => user.sub !== member.user.sub)
      await this.#endAtCis2(member)
    }
    const checking: Promise<void> = this.#expectGone(member).finally(() => this.#checks.delete(checking))
    this.#checks.add(checking)
  }

  /** Until it is confirmed, with the cookie that the first answer has taken away. */
  async #signOut({ cookie }: Member): Promise<void> {
    while ((await this.#send('POST', '/logout', cookie)).status >= 500) {
      this.figures.askedToWait += 1
      await delay(500)
    }
    this.figures.signOuts += 1
  }

  async #endAtCis2(member: Member): Promise<void> {
    const deliveries = await this.#simulator.endSession(member.user.sub)
    // What was not taken is sent again by hand: the simulator's own session is over.
    if (deliveries.some(({ status }) => status !== 200)) await this.#signOut(member)
    else this.figures.logoutsByCis2 += 1
  }

  async #expectGone(member: Member): Promise<void> {
    const { stream } = member
    const end = performance.now() + STREAM_ENDS_WITHIN
    while (stream?.ended() === undefined && stream !== undefined && performance.now() < end) await delay(200)
    if (stream !== undefined && stream.ended() === undefined && !this.#isTroubled())
      this.wrong.push(`the stream of ${member.user.sub} outlived its session`)
    stream?.close()
    await this.#attempt(async () => {
      const answer = expectServed(await this.#send('GET', '/me', member.cookie))
      if (answer.status === 200) throw new Error('a session that had ended was let in')
    })
  }

  #openStream(cookie: string): Promise<Stream> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}/stream`, { headers: { cookie } }, (answer: IncomingMessage) => {
        let text = ''
        let ended: string | undefined
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        answer.once('close', () => (ended = text.split('\n\n').at(-2) ?? 'closed'))
        answer.on('error', () => {})
        if (answer.statusCode !== 200) {
          reject(answer.statusCode === 503 ? new AskedToWait() : new Error(`/stream ${answer.statusCode ?? 0}`))
          return
        }
        this.figures.streams += 1
        resolve({ ended: () => ended, close: () => void sent.destroy() })
      })
      sent.once('error', reject)
      sent.end()
    })
  }

  #send(method: string, path: string, cookie: string): Promise<Pick<Answer, 'status' | 'body'>> {
    return new Promise((resolve, reject) => {
      const sent = request(
        this.#url + path,
        { agent: this.#agent, method, headers: { cookie, 'sec-fetch-site': 'same-origin' } },
        (answer) => {
          let body = ''
          answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
          answer.once('error', reject)
          answer.once('end', () => {
            resolve({ status: answer.statusCode ?? 0, body })
          })
        },
      )
      sent.once('error', reject)
      sent.end()
    })
  }
}

/** So many are there at any time. */
export const PRESENT = 30

/** The store or CIS2 could not be asked: an answer in itself, and no wrong one. */
class AskedToWait extends Error {}

function expectServed<T extends Pick<Answer, 'status'>>(answer: T): T {
  if (answer.status === 503) throw new AskedToWait()
  return answer
}

function expectSub(answer: Pick<Answer, 'status' | 'body'>, { sub }: SimulatorUser): void {
  const { status, body } = expectServed(answer)
  const told = status === 200 ? (JSON.parse(body) as { sub?: string }).sub : undefined
  if (told !== sub) throw new Error(`taken for ${String(told)} (${status}) in place of ${sub}: ${body.slice(0, 200)}`)
}
