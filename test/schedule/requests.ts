/** Requests: reading, writing, and ending the session that they came with. */
import type { SessionRequest } from '../../src/session/express-session/express-store.js'
import { failureOf, stepOf, succeeds, type Flow, type FlowContext } from './flow.js'
import type { Login } from './oracle.js'
import type { Visit } from './world.js'

type RequestFlow = (context: FlowContext, visit: Visit) => Promise<string>

/** A request that begins, does something, and is answered. */
export function request(
  name: string,
  act: RequestFlow,
  settings: { passive?: boolean; setsCookie?: boolean } = {},
): Flow {
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

export const read = (name: string, passive: boolean) =>
  request(name, (_context, visit) => Promise.resolve(stateOf(visit)), { passive })

function stateOf({ loaded }: Visit): string {
  return loaded.session === undefined ? 'nobody' : 'signed in'
}

/** A handler that writes only for a user it knows, as a guarded one does. */
export const write = request('write', ({ index }, visit) => {
  const { req, loaded } = visit
  if (loaded.session !== undefined && req.session !== undefined) {
    req.session[`w${index}`] = { owner: loaded.session.subject.sub }
  }
  return Promise.resolve(stateOf(visit))
})

export const writeAnonymously = request(
  'write without a user',
  ({ index }, { req, loaded }) => {
    if (loaded.session === undefined && req.session !== undefined) req.session[`w${index}`] = { owner: 'nobody' }
    return Promise.resolve('written')
  },
  { setsCookie: true },
)

export const unslide = request('read that takes its slide back', async ({ sessions }, visit) => {
  return (await succeeds(sessions.unslide(visit.req))) ? stateOf(visit) : 'unavailable'
})

export const tokens = request('tokens', async ({ world }, { loaded }) => {
  const { session } = loaded
  if (session === undefined) return 'nobody'
  try {
    const found = await session.tokens()
    if (found !== undefined && !found.idToken.endsWith(` of ${session.subject.sub}`)) world.oracle.violated('I4 tokens')
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

export const signOut = leave('sign-out', ({ sessions }, { req, res }) => sessions.end(req, res, 'sign-out'))

export const regenerate = leave('regenerate', (_context, { req, loaded }) =>
  loaded.store === 'ok' ? called(req, 'regenerate') : Promise.resolve(),
)

export const destroy = leave('destroy', (_context, { req, loaded }) =>
  loaded.store === 'ok' ? called(req, 'destroy') : Promise.resolve(),
)

export const setToNull = leave('session = null', (_context, { req, loaded }) => {
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
