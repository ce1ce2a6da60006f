/** What happens to sessions in a day: the flows whose every meeting must come out right. */
import { isCis2Error } from '../../src/errors.js'
import type { SessionRequest } from '../../src/session/express-store.js'
import type { PendingSignIn, Sessions, SignInOutcome } from '../../src/session/sessions.js'
import type { Jar } from './schedule-browser.js'
import type { Login } from './schedule-oracle.js'
import type { Intent, Visit, World } from './schedule-world.js'

export interface Person {
  readonly sub: string
  readonly sid: string
}

export interface FlowContext {
  readonly world: World
  /** The place in the schedule; also names what it writes. */
  readonly index: number
  readonly jar: Jar
  /** Whose browser it was to begin with. */
  readonly person: Person
  readonly sessions: Sessions
  /** Of the sign-in that `prepare` began. */
  readonly state: string
}

export interface Flow {
  readonly name: string
  /** Before the schedule begins; answers the `state` of a sign-in. */
  readonly prepare?: (context: FlowContext) => Promise<string>
  /** Answers what came of it, in a word. */
  readonly run: (context: FlowContext) => Promise<string>
  /** Turns the clock by much. */
  readonly turnsClock?: true
}

type RequestFlow = (context: FlowContext, visit: Visit) => Promise<string>

/** A request that begins, does something, and is answered. */
function request(name: string, act: RequestFlow, settings: { passive?: boolean; setsCookie?: boolean } = {}): Flow {
  return {
    name,
    async run(context) {
      const { world, jar, sessions } = context
      const visit = await world.open(jar, sessions, settings.passive)
      if (visit.loaded.store === 'unavailable') {
        await world.answer(visit, jar, settings)
        return 'unavailable'
      }
      const outcome = await act(context, visit)
      await world.answer(visit, jar, settings)
      return visit.res.statusCode === 503 ? 'unavailable' : outcome
    },
  }
}

const read = (name: string, passive: boolean) =>
  request(name, (_context, visit) => Promise.resolve(stateOf(visit)), { passive })

function stateOf({ loaded }: Visit): string {
  return loaded.session === undefined ? 'nobody' : 'signed in'
}

/** A handler that writes only for a user it knows, as a guarded one does. */
const write = request('write', ({ index }, visit) => {
  const { req, loaded } = visit
  if (loaded.session !== undefined && req.session !== undefined) {
    req.session[`w${index}`] = { owner: loaded.session.subject.sub }
  }
  return Promise.resolve(stateOf(visit))
})

const writeAnonymously = request(
  'write without a user',
  ({ index }, { req, loaded }) => {
    if (loaded.session === undefined && req.session !== undefined) req.session[`w${index}`] = { owner: 'nobody' }
    return Promise.resolve('written')
  },
  { setsCookie: true },
)

const unslide = request('read that takes its slide back', async ({ sessions }, visit) => {
  return (await succeeds(sessions.unslide(visit.req))) ? stateOf(visit) : 'unavailable'
})

const tokens = request('tokens', async ({ world }, { loaded }) => {
  const { session } = loaded
  if (session === undefined) return 'nobody'
  try {
    const found = await session.tokens()
    if (found !== undefined && found.idToken !== `id token of ${session.subject.sub}`)
      world.oracle.violated('I4 tokens')
    return found === undefined ? 'none' : 'some'
  } catch (error) {
    return failureOf(error)
  }
})

/** Ends the request's own session in one way or another, and says so when it has been done. */
function leave(name: string, end: (context: FlowContext, visit: Visit) => Promise<void>): Flow {
  return {
    name,
    async run(context) {
      const { world, jar, sessions } = context
      const own = world.nameOf(jar)
      const ending = { what: name, covers: (login: Login) => login.name === own }
      world.oracle.mayEnd(ending)
      const visit = await world.open(jar, sessions)
      const done = await succeeds(end(context, visit))
      await world.answer(visit, jar, { setsCookie: true })
      if (!done || visit.res.statusCode === 503 || visit.loaded.store === 'unavailable') return 'unavailable'
      world.oracle.ended(ending, stepOf(world))
      return 'ended'
    },
  }
}

const signOut = leave('sign-out', ({ sessions }, { req, res }) => sessions.end(req, res, 'sign-out'))

const regenerate = leave('regenerate', (_context, { req, loaded }) =>
  loaded.store === 'ok' ? called(req, 'regenerate') : Promise.resolve(),
)

const destroy = leave('destroy', (_context, { req, loaded }) =>
  loaded.store === 'ok' ? called(req, 'destroy') : Promise.resolve(),
)

const setToNull = leave('session = null', (_context, { req, loaded }) => {
  if (loaded.store === 'ok') (req as { session: unknown }).session = null
  return Promise.resolve()
})

function called({ session }: SessionRequest, method: 'regenerate' | 'destroy'): Promise<void> {
  return new Promise((resolve, reject) => {
    const methods = session as unknown as Record<typeof method, (done: (error?: Error | null) => void) => void>
    methods[method]((error) => {
      if (error instanceof Error) reject(error)
      else resolve()
    })
  })
}

interface SignIn {
  readonly purpose: PendingSignIn['purpose']
  readonly who: (context: FlowContext) => Omit<Intent, 'authTime'>
}

function callback(name: string, signIn: SignIn): Flow {
  return {
    name,
    prepare: (context) => rememberSignIn(context, signIn),
    async run(context) {
      const { world, jar, sessions, state } = context
      const intent = { ...signIn.who(context), authTime: world.seconds }
      const before = world.nameOf(jar)
      world.oracle.mayEnd({
        what: name,
        covers: (login) => login.name === before || (world.onePerUser && login.sub === intent.sub),
      })
      const visit = await world.open(jar, sessions)
      if (visit.loaded.store === 'unavailable') return refuse(context, visit)
      try {
        const taken = await sessions.takeSignIn(visit.req, visit.res, state)
        if (taken.found === 'outcome') return await repeat(context, visit, taken.outcome)
        if (taken.found === 'nothing') return await refuse(context, visit, 'nothing pending')
        world.oracle.took(state)
        const { expectedSub } = taken.pending
        const sameUser = expectedSub === undefined || expectedSub === intent.sub
        return await complete(context, visit, intent, sameUser ? taken.appData : undefined)
      } catch (error) {
        return refuse(context, visit, failureOf(error))
      }
    },
  }
}

async function rememberSignIn({ world, jar, sessions }: FlowContext, { purpose }: SignIn): Promise<string> {
  const visit = await world.open(jar, sessions)
  const { session } = visit.loaded
  const appData = session === undefined ? undefined : { carried: { owner: session.subject.sub } }
  const pending: PendingSignIn = {
    nonce: 'nonce',
    codeVerifier: 'verifier',
    returnTo: '/',
    purpose,
    aal: 3,
    maxAuthAgeSeconds: 300,
    expectedSub: session?.subject.sub,
    restarted: false,
  }
  const state = await sessions.rememberSignIn(visit.req, visit.res, pending, appData)
  await world.answer(visit, jar)
  return state
}

async function complete(
  context: FlowContext,
  visit: Visit,
  intent: Intent,
  appData: Record<string, unknown> | undefined,
): Promise<string> {
  const { world, jar, sessions, state } = context
  const settle = (outcome: Partial<SignInOutcome>) =>
    sessions.settleSignIn(visit.req, state, {
      status: 303,
      location: '/',
      error: undefined,
      cookies: [visit.res.getHeader('set-cookie') ?? []].flat().map(String),
      ...outcome,
    })
  try {
    await sessions.start(visit.req, visit.res, { ...world.intend(intent), appData })
  } catch (error) {
    const failure = failureOf(error)
    if (failure === 'signed-out') world.oracle.refused(intent)
    const outcome = await refuse(context, visit, failure)
    await settle({ status: 400, location: undefined, error: { code: failure, reason: failure } })
    return outcome
  }
  const made = world.made
  if (made === undefined) {
    world.oracle.violated('I3 a sign-in without a session succeeded')
    return 'signed in'
  }
  sayEnded(world, visit, made)
  await world.answer(visit, jar, { setsCookie: true })
  if (world.nameOf(jar) === made.name) made.acknowledged = true
  else world.oracle.violated('I9 the new session is not the one that the browser was given')
  await settle({})
  return 'signed in'
}

/** A sign-in ends the session it came with; where each user has one only, all that were there before it. */
function sayEnded(world: World, { name }: Visit, made: Login): void {
  if (name === made.name) world.oracle.violated('I9 the session id stayed')
  const covers = (login: Login) =>
    login.name !== made.name &&
    (login.name === name || (world.onePerUser && login.sub === made.sub && login.born < made.born))
  world.oracle.ended({ what: 'the sign-in that replaced it', covers }, stepOf(world))
}

async function repeat({ world, jar }: FlowContext, visit: Visit, outcome: SignInOutcome): Promise<string> {
  visit.res.setHeader('Set-Cookie', [...outcome.cookies])
  await world.answer(visit, jar, { setsCookie: true })
  return 'repeated'
}

async function refuse({ world, jar }: FlowContext, visit: Visit, why = 'unavailable'): Promise<string> {
  await world.answer(visit, jar)
  return why
}

/** The same callback again: the sign-in is another flow's. */
function duplicate(name: string, signIn: SignIn): Flow {
  const { run } = callback(name, signIn)
  return { name, run }
}

interface LogoutByToken {
  readonly sid?: (person: Person) => string
  readonly sub?: true
  /** Seconds before now. */
  readonly issuedAgo?: number
}

function backChannel(name: string, { sid, sub, issuedAgo = 0 }: LogoutByToken): Flow {
  return {
    name,
    async run({ world, person, sessions, index }) {
      const issuedAt = world.seconds - issuedAgo
      const named = sid?.(person)
      const token = { sid: named, sub: sub === true ? person.sub : undefined, issuedAt, tokenId: `token ${index}` }
      const bars = (login: Pick<Login, 'sub' | 'sid' | 'authTime'>) =>
        named === undefined ? login.sub === person.sub && login.authTime < issuedAt : login.sid === named
      const names = (login: Login) =>
        named === undefined ? login.sub === person.sub && login.authTime <= issuedAt : login.sid === named
      world.oracle.mayBar(bars)
      world.oracle.mayEnd({ what: name, covers: names })
      try {
        const result = await sessions.endByLogoutToken(token)
        const covers = (login: Login) => bars(login) || (names(login) && wasThere(world, index, login))
        world.oracle.ended({ what: name, covers }, stepOf(world))
        return result
      } catch (error) {
        return failureOf(error)
      }
    },
  }
}

function administrator(name: string, by: 'sub' | 'sid'): Flow {
  return {
    name,
    async run({ world, person, sessions, index }) {
      const began = world.seconds
      const names = (login: Login) => login[by] === person[by]
      const bars = (login: Pick<Login, 'sub' | 'authTime'>) =>
        by === 'sub' && login.sub === person.sub && login.authTime < began
      world.oracle.mayBar(bars)
      world.oracle.mayEnd({ what: name, covers: names })
      try {
        await sessions.endAll(by === 'sub' ? { sub: person.sub } : { sid: person.sid }, 'administrator')
        const covers = (login: Login) => bars(login) || (names(login) && wasThere(world, index, login))
        world.oracle.ended({ what: name, covers }, stepOf(world))
        return 'ended'
      } catch (error) {
        return failureOf(error)
      }
    },
  }
}

/** Whether a session was made before this flow's first command. */
function wasThere(world: World, index: number, login: Login): boolean {
  return login.born < (world.firstSteps.get(index) ?? 0)
}

function time(name: string, seconds: number): Flow {
  return {
    name,
    turnsClock: true,
    async run({ world }) {
      await world.schedule?.pass('time', () => world.pass(seconds))
      return 'passed'
    },
  }
}

async function succeeds(action: Promise<void>): Promise<boolean> {
  try {
    await action
    return true
  } catch (error) {
    failureOf(error)
    return false
  }
}

/** What the schedules may refuse; everything else is a fault of ours. */
function failureOf(error: unknown): string {
  if (isCis2Error(error) && error.code === 'CIS2_STORE_UNAVAILABLE') return 'unavailable'
  if (isCis2Error(error) && error.code === 'CIS2_SIGN_IN_REFUSED') return error.reason
  throw error
}

function stepOf(world: World): number {
  return world.schedule?.step ?? 0
}

export const NEW_SID = 'sid of the step-up'

const stepUp: SignIn = { purpose: 'step-up', who: ({ person }) => ({ sub: person.sub, sid: NEW_SID, role: 'R1' }) }
const anotherUser = { sub: '555000000099', sid: 'sid of another user' }

export const FLOWS = {
  read: read('read', false),
  passive: read('passive read', true),
  unslide,
  write,
  tokens,
  writeAnonymously,
  signIn: callback('sign-in', { purpose: 'sign-in', who: ({ person }) => ({ ...person, role: 'R1' }) }),
  stepUp: callback('step-up', stepUp),
  duplicate: duplicate('the same callback', stepUp),
  changeRole: callback('role change', { purpose: 'change-role', who: ({ person }) => ({ ...person, role: 'R2' }) }),
  anotherUser: callback('sign-in of another user', { purpose: 'step-up', who: () => ({ ...anotherUser, role: 'R3' }) }),
  signOut,
  regenerate,
  destroy,
  setToNull,
  logoutSid: backChannel('logout by sid', { sid: (person) => person.sid }),
  logoutNewSid: backChannel('logout by the sid of the step-up', { sid: () => NEW_SID, sub: true }),
  logoutSub: backChannel('logout by sub', { sub: true }),
  logoutSubBefore: backChannel('logout by sub, issued before the sign-in', { sub: true, issuedAgo: 30 }),
  logoutSubAfter: backChannel('logout by sub, issued after the sign-in', { sub: true, issuedAgo: -30 }),
  endSub: administrator('administrator by sub', 'sub'),
  endSid: administrator('administrator by sid', 'sid'),
  idle: time('idle expiry', 900),
  absolute: time('absolute expiry', 43_200),
} satisfies Record<string, Flow>

export type FlowName = keyof typeof FLOWS
