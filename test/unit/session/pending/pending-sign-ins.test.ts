import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import timers from 'node:timers/promises'

import { jest } from '@jest/globals'

import { StoreUnavailableError } from '../../../../src/errors.js'
import type { Backend } from '../../../../src/session/backend.js'
import type { Context } from '../../../../src/session/context.js'
import { createVisits, Visit } from '../../../../src/session/express-session/visit.js'
import { createMemoryBackend } from '../../../../src/session/memory/backend.js'
import { createPendingSignIns } from '../../../../src/session/pending/pending-sign-ins.js'
import { createSealer } from '../../../../src/session/records/seal.js'
import { addressOf, newSessionId } from '../../../../src/session/records/session-id.js'
import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'
import type { FirstCallback, PendingSignIn, SignInState, TakenSignIn } from '../../../../src/session/sessions.js'
import { cookiesSet } from '../../../../src/session/set-cookie.js'

const PENDING: PendingSignIn = {
  nonce: 'nonce',
  codeVerifier: 'verifier',
  returnTo: '/app/patients',
  purpose: 'sign-in',
  aal: 3,
  maxAuthAgeSeconds: 60,
  expectedSub: undefined,
  restarted: true,
}
/** JSON has no undefined. */
const { expectedSub: _expectedSub, ...KEPT } = PENDING
const ANSWER = { status: 303, location: '/app/patients', error: undefined }
const NOTHING = { found: 'nothing' }
/** What is sealed around a record: see `seal.ts`. */
const SEALED_AROUND = 33

const secrets = deriveSecrets({ secrets: ['Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'], keyPrefix: 'cis2:' })

/** A browser's cookies. */
class Browser {
  readonly #cookies = new Map<string, string>()

  request(): IncomingMessage {
    const req = new IncomingMessage(new Socket())
    req.headers.cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return req
  }

  hear(res: ServerResponse): void {
    for (const line of cookiesSet(res)) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }

  get cookies(): readonly string[] {
    return [...this.#cookies.values()]
  }

  copy(): Browser {
    const copy = new Browser()
    for (const [name, value] of this.#cookies) copy.#cookies.set(name, value)
    return copy
  }

  spoil(): void {
    for (const [name, value] of this.#cookies) {
      this.#cookies.set(name, value.slice(0, -1) + (value.endsWith('0') ? '1' : '0'))
    }
  }
}

/** Sign-ins under way over a memory of their own, of which `spoil` replaces operations; which were asked is noted. */
function stage(spoil: Partial<Backend> = {}) {
  const clock = { now: 1_700_000_000_000 }
  const asked: (readonly [name: string, ...given: unknown[]])[] = []
  const memory: Backend = { ...createMemoryBackend(() => clock.now), ...spoil }
  const backend = new Proxy(memory, {
    get(target, name: keyof Backend) {
      return (...given: never[]) => {
        asked.push([name, ...given])
        return (target[name] as (...args: never[]) => unknown)(...given)
      }
    },
  })
  const config = {
    clock: () => clock.now,
    baseUrl: { secure: true, path: '/app' },
    defaultReturnPath: '/home',
    session: { signInCookiePrefix: 'in' },
  }
  const visits = createVisits()
  const context = { backend, config, sealer: createSealer(secrets), secrets, visits } as unknown as Context
  const pendingSignIns = createPendingSignIns(context)
  const names = () => asked.map(([name]) => name)

  async function begin(browser: Browser, change: Partial<PendingSignIn> = {}, appData?: Record<string, unknown>) {
    const res = new ServerResponse(browser.request())
    const state = await pendingSignIns.rememberSignIn(browser.request(), res, { ...PENDING, ...change }, appData)
    browser.hear(res)
    return state
  }

  async function take(browser: Browser, state: SignInState, admit?: () => Promise<void>): Promise<TakenSignIn> {
    const res = new ServerResponse(browser.request())
    const taken = await pendingSignIns.takeSignIn(browser.request(), res, state, admit)
    browser.hear(res)
    return taken
  }

  /** What the first callback finds. */
  async function first(browser: Browser, state: SignInState): Promise<FirstCallback> {
    const taken = await take(browser, state)
    if (taken.found !== 'pending') throw new Error(`found ${taken.found}`)
    return taken
  }

  /** Uses up what may be kept in the store. */
  async function flood(change: Partial<PendingSignIn> = {}): Promise<void> {
    for (let each = 0; each < 500; each++) await begin(new Browser(), change)
    asked.length = 0
  }

  return { ...pendingSignIns, clock, asked, names, visits, begin, take, first, flood }
}

describe('a sign-in under way', () => {
  it('CB-9 is taken once, by the browser that began it, which then has no cookie of it', async () => {
    const { begin, take, names } = stage()
    const browser = new Browser()
    const state = await begin(browser, {}, { patient: 7 })
    const copy = browser.copy()
    expect(state.restarted).toBe(true)
    const taken = await take(browser, state)
    expect(taken).toMatchObject({ found: 'pending', pending: KEPT, appData: { patient: 7 }, startedFrom: undefined })
    expect(browser.cookies).toEqual([])
    expect(await take(copy, state)).toMatchObject({ found: 'running' })
    expect(names()).toEqual(['rememberPending', 'takePending', 'takePending'])
  })

  it('CB-3 is nothing to another browser, and the store is not asked', async () => {
    const { begin, take, names } = stage()
    const state = await begin(new Browser())
    const other = new Browser()
    await begin(other)
    expect(await take(other, state)).toEqual(NOTHING)
    expect(other.cookies).toHaveLength(1)
    expect(names()).not.toContain('takePending')
  })

  it('is over after ten minutes, and so is its cookie', async () => {
    const { begin, take, readState, clock, names } = stage()
    const browser = new Browser()
    const { text } = await begin(browser)
    clock.now += 600_000
    const state = readState(text)
    if (state === undefined) throw new Error('it is ours')
    expect(await take(browser, state)).toEqual(NOTHING)
    expect([browser.cookies, names()]).toEqual([[], ['rememberPending']])
    expect(readState('00')).toBeUndefined()
  })

  it('keeps its cookie where nothing is found: another release may find it', async () => {
    const { begin, take } = stage({ takePending: () => Promise.resolve({ found: 'nothing' }) })
    const browser = new Browser()
    expect(await take(browser, await begin(browser))).toEqual(NOTHING)
    expect(browser.cookies).toHaveLength(1)
  })

  it('stays under way when its callback is not admitted, which only its browser is asked for', async () => {
    const { begin, take } = stage()
    const browser = new Browser()
    const state = await begin(browser)
    const full = () => Promise.reject(new Error('full'))
    expect(await take(new Browser(), state, full)).toEqual(NOTHING)
    await expect(take(browser, state, full)).rejects.toThrow('full')
    expect(await take(browser, state, () => Promise.resolve())).toMatchObject({ found: 'pending' })
  })

  it('SES-5 is nothing when its record was sealed for another', async () => {
    const record = createSealer(secrets).seal('another', 'l', JSON.stringify(PENDING))
    const { begin, take } = stage({
      takePending: () => Promise.resolve({ found: 'record', record, appData: undefined }),
    })
    const browser = new Browser()
    expect(await take(browser, await begin(browser))).toEqual(NOTHING)
  })

  it('goes on without the application’s data where those were sealed for another', async () => {
    const appData = createSealer(secrets).seal('another', 'la', '{"patient":7}')
    const { begin, first, asked } = stage({
      takePending: () => Promise.resolve({ found: 'record', record: asked[0]?.[2] as Buffer, appData }),
    })
    const browser = new Browser()
    expect(await first(browser, await begin(browser))).toMatchObject({ pending: KEPT, appData: undefined })
  })

  it('keeps where it began from, for the application’s data alone', async () => {
    const { rememberSignIn, visits, first } = stage()
    const address = addressOf(newSessionId())
    async function begunFrom(appData: Record<string, unknown> | undefined, from = address) {
      const browser = new Browser()
      const req = browser.request()
      const res = new ServerResponse(req)
      const visit = new Visit(false)
      visit.address = from
      visits.set(req, visit)
      const state = await rememberSignIn(req, res, PENDING, appData)
      browser.hear(res)
      return first(browser, state)
    }
    const { pending, startedFrom } = await begunFrom({ patient: 7 })
    expect([pending, startedFrom]).toStrictEqual([KEPT, { tag: address?.tag, name: address?.name }])
    expect((await begunFrom(undefined)).startedFrom).toBeUndefined()
  })

  it('goes to the usual page when its return address would take more than 3 KB', async () => {
    const { begin, first } = stage()
    const room = 3 * 1024 - SEALED_AROUND - JSON.stringify({ ...PENDING, returnTo: '' }).length
    for (const [length, returnTo] of [
      [room, 'x'.repeat(room)],
      [room + 1, '/app/home'],
    ] as const) {
      const browser = new Browser()
      const taken = await first(browser, await begin(browser, { returnTo: 'x'.repeat(length) }))
      expect(taken.pending).toMatchObject({ ...KEPT, returnTo })
    }
  })

  it('pushes out the oldest of six in one browser, in the store too', async () => {
    const { begin, take, asked, clock } = stage()
    const browser = new Browser()
    const oldest = await begin(browser)
    const before = browser.copy()
    for (let each = 0; each < 5; each++) {
      clock.now += 1_000
      await begin(browser)
    }
    expect(asked.filter(([name]) => name === 'forgetPending')).toHaveLength(1)
    expect(browser.cookies).toHaveLength(5)
    expect(await take(before, oldest)).toEqual(NOTHING)
  })

  it('begins all the same when the store cannot be told of the oldest', async () => {
    const { begin, first } = stage({ forgetPending: () => Promise.reject(new StoreUnavailableError()) })
    const browser = new Browser()
    for (let each = 0; each < 5; each++) await begin(browser)
    expect(await first(browser, await begin(browser))).toMatchObject({ pending: KEPT })
  })
})

describe('CB-9 duplicates of a callback', () => {
  afterEach(() => {
    jest.restoreAllMocks()
  })

  async function running(spoil: Partial<Backend> = {}) {
    const it = stage(spoil)
    const browser = new Browser()
    const state = await it.begin(browser)
    const copy = browser.copy()
    const firstOne = await it.first(browser, state)
    const res = new ServerResponse(browser.request())
    res.setHeader('Set-Cookie', ['cis2=session'])
    return { ...it, state, copy, first: firstOne, res }
  }

  const TOLD = { found: 'outcome', outcome: { ...ANSWER, cookies: ['cis2=session'] } }

  it('wait for the first, and are told what it was told', async () => {
    const { take, copy, state, first, res, settleSignIn } = await running()
    const duplicate = await take(copy.copy(), state)
    if (duplicate.found !== 'running') throw new Error(`found ${duplicate.found}`)
    const waited = duplicate.wait()
    await settleSignIn(res, first, ANSWER)
    expect(await waited).toEqual(TOLD)
    expect(await take(copy, state)).toEqual(TOLD)
    expect(copy.cookies).toEqual([])
  })

  it('ask ever more slowly, and are told to come again after five seconds without an answer', async () => {
    const { take, copy, state, names } = await running()
    const duplicate = await take(copy, state)
    if (duplicate.found !== 'running') throw new Error(`found ${duplicate.found}`)
    const waits = jest.spyOn(timers, 'setTimeout').mockResolvedValue(undefined)
    const now = jest.spyOn(performance, 'now')
    for (const milliseconds of [0, 0, 1, 2, 3, 4, 4_999, 5_000]) now.mockReturnValueOnce(milliseconds)
    await expect(duplicate.wait()).rejects.toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED', reason: 'replayed' })
    expect(waits.mock.calls).toEqual([[20], [40], [80], [160], [200], [200]])
    expect(names().filter((name) => name === 'takePending')).toHaveLength(8)
  })

  it('are told with the session, and once', async () => {
    const { first, res, settleSignIn, names, take, copy, state, asked } = await running()
    const outcome = { ...ANSWER, cookies: ['cis2=session'] }
    const settled = first.duplicates.seal(outcome)
    const [owner = ''] = copy.cookies
    // Releases that run side by side read each other's.
    expect(createSealer(secrets).open(owner, 'lo', settled.outcome)).toBe(JSON.stringify(outcome))
    await settleSignIn(res, first, ANSWER)
    expect(names()).not.toContain('settlePending')
    res.appendHeader('Set-Cookie', 'a=b')
    await settleSignIn(res, first, ANSWER)
    expect(names().filter((name) => name === 'settlePending')).toHaveLength(1)
    const [taken] = asked.filter(([name]) => name === 'takePending')
    expect(settled.slot).toBe(taken?.[1])
    expect(await take(copy, state)).toMatchObject({ outcome: { cookies: ['cis2=session', 'a=b'] } })
  })

  it('come too late where the store cannot be told', async () => {
    const { first, res, settleSignIn } = await running({
      settlePending: () => Promise.reject(new StoreUnavailableError()),
    })
    await expect(settleSignIn(res, first, ANSWER)).resolves.toBeUndefined()
  })

  it('SES-5 are told nothing that was sealed for another', async () => {
    const outcome = createSealer(secrets).seal('another', 'lo', JSON.stringify(TOLD.outcome))
    const { take, begin } = stage({ takePending: () => Promise.resolve({ found: 'outcome', outcome }) })
    const browser = new Browser()
    expect(await take(browser, await begin(browser))).toEqual(NOTHING)
  })
})

describe('FIELD-8 a flood of sign-ins', () => {
  it('is carried by the browsers beyond 500 in a minute, and taken once as well', async () => {
    const { flood, begin, first, take, names } = stage()
    await flood()
    const browser = new Browser()
    const state = await begin(browser, {}, { patient: 7 })
    expect(names()).toEqual([])
    const copy = browser.copy()
    expect(await first(browser, state)).toMatchObject({ pending: KEPT, appData: { patient: 7 } })
    expect(browser.cookies).toEqual([])
    expect(await take(copy, state)).toMatchObject({ found: 'running' })
    expect(names()).toEqual(['takeCarried', 'takeCarried'])
  })

  it('of strangers leaves room in the store for people who are signed in, and the other way round', async () => {
    const user = { expectedSub: '555012345678' }
    for (const [some, others] of [
      [{}, user],
      [user, {}],
    ]) {
      const { flood, begin, names } = stage()
      await flood(some)
      await begin(new Browser(), some)
      expect(names()).toEqual([])
      await begin(new Browser(), others)
      expect(names()).toEqual(['rememberPending'])
    }
  })

  it('tells duplicates of a carried one as of any other', async () => {
    const { flood, begin, first, take, settleSignIn } = stage()
    await flood()
    const browser = new Browser()
    const state = await begin(browser)
    const copy = browser.copy()
    const taken = await first(browser, state)
    const duplicate = await take(copy.copy(), state)
    if (duplicate.found !== 'running') throw new Error(`found ${duplicate.found}`)
    await settleSignIn(new ServerResponse(browser.request()), taken, ANSWER)
    const told = { found: 'outcome', outcome: { ...ANSWER, cookies: [] } }
    expect([await duplicate.wait(), await take(copy, state)]).toEqual([told, told])
  })

  it('SES-5 goes by no cookie that somebody has changed', async () => {
    const { flood, begin, take, names } = stage()
    await flood()
    const browser = new Browser()
    const state = await begin(browser)
    browser.spoil()
    expect(await take(browser, state)).toEqual(NOTHING)
    expect(names()).toEqual([])
  })

  it('leaves the application’s data behind where the cookie has no room for them', async () => {
    const { flood, begin, first } = stage()
    await flood()
    const around = SEALED_AROUND + JSON.stringify({ pending: PENDING, appText: '{"a":""}' }).length
    for (const length of [1800 - around, 1801 - around]) {
      const browser = new Browser()
      const appData = { a: 'x'.repeat(length) }
      const taken = await first(browser, await begin(browser, {}, appData))
      expect(taken).toMatchObject({ pending: KEPT, appData: length + around > 1800 ? undefined : appData })
    }
  })

  it('goes to the usual page when the return address would take too much of a request’s headers', async () => {
    const { flood, begin, first } = stage()
    await flood()
    const room = 600 - SEALED_AROUND - JSON.stringify({ pending: { ...PENDING, returnTo: '' } }).length
    for (const [length, returnTo] of [
      [room, 'x'.repeat(room)],
      [room + 1, '/app/home'],
    ] as const) {
      for (const appData of [undefined, { a: 'x'.repeat(2_000) }]) {
        const browser = new Browser()
        const state = await begin(browser, { returnTo: 'x'.repeat(length) }, appData)
        expect(await first(browser, state)).toMatchObject({ pending: { ...KEPT, returnTo }, appData: undefined })
      }
    }
  })
})
