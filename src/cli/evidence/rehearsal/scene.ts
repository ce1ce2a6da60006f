/** The stage as a test sees it: with the steps of a sign-in, and a way to tell who is signed in. */
import { isRecord } from '../../../primitives/is-record.js'
import type { SimulatorUser } from '../../../simulator/users.js'
import { OWN_PAGE } from './application.js'
import { STAFF } from './cast.js'
import type { Stage } from './stage.js'
import type { Scene } from './test-case.js'
import { labelOf, type Answer, type Visitor } from './visitor.js'

/** The sign-in did not get as far as the test needs: the test could not be run. */
export class NotReachedError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotReachedError'
  }
}

/** @param protectedPaths - What the team says is guarded. */
export function sceneOn(stage: Stage, protectedPaths: readonly string[]): Scene {
  const { config, simulator, notes } = stage
  const guarded = stage.isTheirs ? protectedPaths : [OWN_PAGE]

  async function toCallback(visitor: Visitor, user: SimulatorUser = STAFF): Promise<string> {
    const begun = await visitor.open(String(config.routes.login))
    const location = begun.headers.get('location') ?? ''
    if (!location.startsWith(simulator.issuer.replace(':443', '')) && !location.startsWith(simulator.issuer)) {
      throw new NotReachedError(`the sign-in route answered ${labelOf(begun)}`)
    }
    return atCis2(location, user)
  }

  async function atCis2(location: string, user: SimulatorUser): Promise<string> {
    simulator.nextSignIn({ user: user.sub })
    notes.add({ from: 'browser', to: 'cis2', label: 'GET /authorize?…' })
    const response = await simulator.fetch(location, { redirect: 'manual' })
    await response.body?.cancel()
    const back = response.headers.get('location')
    if (back === null) throw new NotReachedError(`CIS2 answered ${response.status} to the authorization request`)
    notes.add({ from: 'cis2', to: 'browser', label: labelOf(response) })
    const { pathname, search } = new URL(back)
    return pathname.slice(config.baseUrl.path.length) + search
  }

  async function signIn(visitor: Visitor, user?: SimulatorUser): Promise<Answer> {
    return visitor.open(await toCallback(visitor, user))
  }

  return {
    ...{ config, simulator, guarded, isTheirs: stage.isTheirs, logoutTokens: stage.logoutTokens },
    newVisitor: () => stage.newVisitor(),
    advance: (seconds) => {
      stage.advance(seconds)
    },
    tellLogout: (token) => stage.tellLogout(token),
    toCallback,
    signIn,
    isSignedIn: (visitor, cookies) => isSignedIn(visitor, { config, guarded }, cookies),
  }
}

/** By the session's own route, which does not extend the session; without it, by what a guarded path answers. */
async function isSignedIn(
  visitor: Visitor,
  { config, guarded }: Pick<Scene, 'config' | 'guarded'>,
  cookies: string | undefined,
): Promise<boolean> {
  const asking = { as: 'program', ...(cookies === undefined ? {} : { cookies }) } as const
  if (config.routes.session !== false) {
    const { status, body } = await visitor.open(config.routes.session, asking)
    const told = status === 200 ? parse(body) : undefined
    if (told !== undefined) return told.signedIn === true
  }
  const [path] = guarded
  if (path === undefined) {
    throw new NotReachedError('nothing tells who is signed in: name a guarded path with --protect')
  }
  return (await visitor.open(path, asking)).status < 300
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
