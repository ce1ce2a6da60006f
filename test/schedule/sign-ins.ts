/** Callbacks: the sign-in, the step-up, the role change, and another user in the same browser. */
import type { CallbackAnswer, FirstCallback, PendingSignIn, SignInOutcome } from '../../src/session/sessions.js'
import { failureOf, stepOf, type Flow, type FlowContext } from './flow.js'
import type { Login } from './oracle.js'
import type { Intent } from './settings.js'
import type { Visit, World } from './world.js'

export interface SignIn {
  readonly purpose: PendingSignIn['purpose']
  readonly who: (context: FlowContext) => Omit<Intent, 'authTime'>
}

export function callback(name: string, signIn: SignIn): Flow {
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
        const read = sessions.readState(state)
        if (read === undefined) return await refuse(context, visit, 'not our state')
        const first = await sessions.takeSignIn(visit.req, visit.res, read)
        const taken = first.found === 'running' ? await first.wait() : first
        if (taken.found === 'outcome') return await repeat(context, visit, taken.outcome)
        if (taken.found !== 'pending') return await refuse(context, visit, 'nothing pending')
        world.oracle.took(state)
        const { expectedSub } = taken.pending
        const sameUser = expectedSub === undefined || expectedSub === intent.sub
        return await complete(context, visit, { intent, appData: sameUser ? taken.appData : undefined, taken })
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
  const { text } = await sessions.rememberSignIn(visit.req, visit.res, pending, appData)
  await world.answer(visit, jar)
  return text
}

interface Completion {
  readonly intent: Intent
  readonly appData: Record<string, unknown> | undefined
  readonly taken: FirstCallback
}

async function complete(context: FlowContext, visit: Visit, { intent, appData, taken }: Completion): Promise<string> {
  const { world, jar, sessions } = context
  const answer: CallbackAnswer = { status: 303, location: '/', error: undefined }
  try {
    await sessions.start(visit.req, visit.res, {
      ...world.intend(intent),
      appData,
      completes: { callback: taken, answer },
    })
  } catch (error) {
    const failure = failureOf(error)
    if (failure === 'signed-out') world.oracle.refused(intent)
    const refused = await refuse(context, visit, failure)
    const told = { status: 400, location: undefined, error: { code: failure, reason: failure } }
    await sessions.settleSignIn(visit.res, taken, told)
    return refused
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
  await sessions.settleSignIn(visit.res, taken, answer)
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
export function duplicate(name: string, signIn: SignIn): Flow {
  const { run } = callback(name, signIn)
  return { name, run }
}
