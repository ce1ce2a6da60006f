/** Steps of a store that fail in the middle: what was begun is taken back, and nobody is told a lie. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import { StoreUnavailableError } from '../../../src/errors.js'
import type { Cis2Event } from '../../../src/index.js'
import type { SessionOptions } from '../../../src/options/cis2-options.js'
import type { Backend } from '../../../src/session/backend.js'
import { createSessions } from '../../../src/session/create-sessions.js'
import { createMemoryBackend } from '../../../src/session/memory/backend.js'
import { createExpiringMap } from '../../../src/session/memory/expiring-map.js'
import type { NewSession, PendingSignIn, Sessions } from '../../../src/session/sessions.js'
import { aUser } from '../../../src/testing/a-user.js'
import { configWith } from '../../support/redis/backends.js'

const USER = aUser({ sub: '555012345678' })

const PENDING: PendingSignIn = {
  nonce: 'nonce',
  codeVerifier: undefined,
  returnTo: '/patients',
  purpose: 'sign-in',
  aal: 3,
  maxAuthAgeSeconds: 300,
  expectedSub: undefined,
  restarted: false,
}

interface Stage {
  readonly sessions: Sessions
  readonly backend: Backend
  readonly events: Omit<Cis2Event, 'at'>[]
}

/** A session layer over a memory of its own, of which `spoil` replaces operations. */
function stageWith(spoil: (backend: Backend) => Partial<Backend>, session: Partial<SessionOptions> = {}): Stage {
  const events: Stage['events'] = []
  const memory = createMemoryBackend(Date.now)
  const backend = { ...memory, ...spoil(memory) }
  const config = configWith({ redis: 'redis://127.0.0.1:1', ...session })
  return { sessions: createSessions(config, (event) => events.push(event), backend), backend, events }
}

function newSession(sid: string): NewSession {
  return {
    user: USER,
    subject: { sub: USER.sub, aal: 3, authenticatedAt: USER.authenticatedAt },
    sid,
    tokens: { idToken: 'id', accessToken: 'access', accessTokenExpiresAt: undefined, idTokenExpiresAt: undefined },
    appData: undefined,
  }
}

function exchange(cookie?: string): { req: IncomingMessage; res: ServerResponse } {
  const req = new IncomingMessage(new Socket())
  req.url = '/'
  if (cookie !== undefined) req.headers.cookie = cookie
  return { req, res: new ServerResponse(req) }
}

/** Signs in; returns the browser's cookie. */
async function signIn({ sessions }: Stage, sid: string, cookie?: string): Promise<string> {
  const { req, res } = exchange(cookie)
  await sessions.load(req, res, false)
  await sessions.start(req, res, newSession(sid))
  res.end()
  return String(res.getHeader('Set-Cookie')).split(';')[0] ?? ''
}

async function isSignedIn({ sessions }: Stage, cookie: string): Promise<boolean> {
  const { req, res } = exchange(cookie)
  return (await sessions.load(req, res, true)).session !== undefined
}

const unavailable = () => Promise.reject(new StoreUnavailableError())

it('PRC-1, PRC-14 leaves the old session alone, and takes the new one back, when the old one cannot be ended', async () => {
  let broken = false
  const ended: string[] = []
  const stage = stageWith((memory) => ({
    end(place, reason, now) {
      if (broken && ended.length === 0) {
        ended.push('failed')
        return unavailable()
      }
      if (broken) ended.push('taken back')
      return memory.end(place, reason, now)
    },
  }))
  const old = await signIn(stage, 'first')
  broken = true
  await expect(signIn(stage, 'second', old)).rejects.toThrow(StoreUnavailableError)
  expect(ended).toEqual(['failed', 'taken back'])
  expect(await isSignedIn(stage, old)).toBe(true)
})

describe('CB-9 duplicates of a callback', () => {
  async function toldWithTheSession(stage: Stage, told: unknown[], cookie?: string): Promise<boolean> {
    const begun = exchange(cookie)
    const state = await stage.sessions.rememberSignIn(begun.req, begun.res, PENDING, undefined)
    const pendingCookie = String(begun.res.getHeader('Set-Cookie')).split(';')[0] ?? ''
    const { req, res } = exchange([...(cookie === undefined ? [] : [cookie]), pendingCookie].join('; '))
    await stage.sessions.load(req, res, false)
    const callback = await stage.sessions.takeSignIn(req, res, state)
    if (callback.found !== 'pending') throw new Error(`found ${callback.found}`)
    const answer = { status: 303, location: '/', error: undefined }
    await stage.sessions.start(req, res, { ...newSession('sid'), completes: { callback, answer } })
    res.end()
    return told.at(-1) !== undefined
  }

  it.each<[string, { change?: Partial<Backend>; session?: Partial<SessionOptions>; again?: boolean }, boolean]>([
    ['in the step that signs in', {}, true],
    ['later on a Cluster, where that step cannot', { change: { crossesSlots: () => false } }, false],
    ['later when a session of the browser has yet to be ended', { again: true }, false],
    ['later when other sessions of the user have yet to be ended', { session: { onePerUser: true } }, false],
  ])('are told %s', async (_when, { change = {}, session = {}, again = false }, expected) => {
    const told: unknown[] = []
    const stage = stageWith(
      (memory) => ({
        ...change,
        signIn(record) {
          told.push(record.outcome)
          return memory.signIn(record)
        },
      }),
      session,
    )
    const cookie = again ? await signIn(stage, 'first') : undefined
    expect(await toldWithTheSession(stage, told, cookie)).toBe(expected)
  })
})

it('ends the session that a new sign-in replaces, and with onePerUser the others too', async () => {
  const stage = stageWith(() => ({}), {
    onePerUser: true,
    secret: ['n'.repeat(16) + 'aB3dE5fG7hJ9kL1m', 'o'.repeat(16) + 'zY2xW4vU6tS8rQ0p'],
  })
  const [first, second] = [await signIn(stage, 'one'), await signIn(stage, 'two')]
  expect([await isSignedIn(stage, first), await isSignedIn(stage, second)]).toEqual([false, true])
  const third = await signIn(stage, 'three', second)
  expect([await isSignedIn(stage, second), await isSignedIn(stage, third)]).toEqual([false, true])
  expect(stage.events.map(({ type, reason }) => `${type} ${String(reason)}`)).toEqual([
    'session.ended replaced',
    'session.ended replaced',
  ])
})

it('BCL-17, BCL-26 gives a logout token back when its sessions cannot be ended, and carries it out when it comes again', async () => {
  let broken = true
  const stage = stageWith((memory) => ({
    endNamed: (...args) => (broken ? unavailable() : memory.endNamed(...args)),
  }))
  const cookie = await signIn(stage, 'sid-1')
  const token = { sid: 'sid-1', sub: undefined, issuedAt: USER.authenticatedAt, tokenId: 'token-1' }
  await expect(stage.sessions.endByLogoutToken(token)).rejects.toThrow(StoreUnavailableError)
  broken = false
  expect(await stage.sessions.endByLogoutToken(token)).toBe('done')
  expect(await isSignedIn(stage, cookie)).toBe(false)
  expect(await stage.sessions.endByLogoutToken(token)).toBe('replayed')
})

it('PRC-3 does not wait for ever for another attempt at a logout token', async () => {
  const stage = stageWith(() => ({ claimSubLogout: () => Promise.resolve({ claim: 'pending' }) }))
  const token = { sid: undefined, sub: USER.sub, issuedAt: USER.authenticatedAt, tokenId: 'token-2' }
  await expect(stage.sessions.endByLogoutToken(token)).rejects.toThrow(/under way/)
})

it('ends by sid as the administrator', async () => {
  const stage = stageWith(() => ({}))
  const [one, two] = [await signIn(stage, 'sid-a'), await signIn(stage, 'sid-b')]
  expect(await stage.sessions.endAll({ sid: 'sid-a' }, 'administrator')).toBe(1)
  expect([await isSignedIn(stage, one), await isSignedIn(stage, two)]).toEqual([false, true])
})

it('takes the default address when the one to return to does not fit, and sets the cookie after the store has it', async () => {
  const stored: number[] = []
  const stage = stageWith((memory) => ({
    rememberPending(slot, record, appData) {
      stored.push(record.length)
      return memory.rememberPending(slot, record, appData)
    },
  }))
  const { req, res } = exchange()
  const state = await stage.sessions.rememberSignIn(
    req,
    res,
    { ...PENDING, returnTo: '/' + 'x'.repeat(3_000) },
    undefined,
  )
  expect(Math.max(...stored)).toBeLessThanOrEqual(1_024)
  const back = exchange(String(res.getHeader('Set-Cookie')).split(';')[0])
  expect(await stage.sessions.takeSignIn(back.req, back.res, state)).toMatchObject({
    found: 'pending',
    pending: { returnTo: '/' },
  })
})

it('sets no cookie for a sign-in that could not be remembered', async () => {
  const stage = stageWith(() => ({ rememberPending: unavailable }))
  const { req, res } = exchange()
  await expect(stage.sessions.rememberSignIn(req, res, PENDING, undefined)).rejects.toThrow(StoreUnavailableError)
  expect(res.getHeader('Set-Cookie')).toBeUndefined()
})

it('keeps whole milliseconds of a clock of finer grain', async () => {
  const seen: number[] = []
  const memory = createMemoryBackend(Date.now)
  const config = configWith({ redis: 'redis://127.0.0.1:1' }, () => Date.now() + 0.25)
  const backend: Backend = {
    ...memory,
    signIn(record) {
      seen.push(record.now, record.until, record.absolute)
      return memory.signIn(record)
    },
  }
  await signIn({ sessions: createSessions(config, () => {}, backend), backend, events: [] }, 'sid')
  expect(seen).toHaveLength(3)
  expect(seen.every(Number.isInteger)).toBe(true)
})

it('DOS-1 refuses new entries of the in-memory store when it is full, and forgets what is over', () => {
  let now = 0
  const map = createExpiringMap<number>(() => now, 2)
  map.set('a', 1, 10)
  map.set('b', 2, 20)
  expect(() => {
    map.set('c', 3, 30)
  }).toThrow(StoreUnavailableError)
  map.set('b', 4, 20)
  now = 10
  map.set('c', 3, 30)
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([undefined, 4, 3, 2])
})
