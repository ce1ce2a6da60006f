/** Two `cis2Auth` in one app: which of them serves a request, and whether they get in each other's way. */
import type { Request } from 'express'

import { ConfigError } from '../errors.js'

/** What one instance tells the others. */
export interface Instance {
  readonly paths: ReadonlySet<string>
  readonly cookieName: string
  readonly keyPrefix: string
}

const INSTANCE = Symbol.for('express-cis2 instance')

export function announceInstance(middleware: object, instance: Instance): void {
  Object.defineProperty(middleware, INSTANCE, { value: instance })
}

/**
 * Whether this instance serves the request.
 *
 * The one that owns the path does; else the first whose session cookie the browser sent; else the first mounted.
 * Only one of them, because `req.session` is one. Throws `ConfigError` when two share a path, a cookie or a key prefix.
 */
export function createServes(own: Instance): (req: Request) => boolean {
  let checked: { length: number; instances: readonly Instance[] } | undefined
  return function serves(req) {
    const stack = stackOf(req)
    if (checked?.length !== stack.length) {
      const instances = instancesIn(stack)
      assertDisjoint(instances)
      checked = { length: stack.length, instances }
    }
    const { instances } = checked
    if (instances.length < 2) return true
    const owner = instances.find((instance) => instance.paths.has(req.path))
    const chosen = owner ?? instances.find((instance) => carries(req, instance.cookieName)) ?? instances[0]
    return chosen === own
  }
}

function carries(req: Request, cookieName: string): boolean {
  return req.headers.cookie?.split(';').some((pair) => pair.trimStart().startsWith(`${cookieName}=`)) === true
}

interface Layer {
  readonly handle: object
}

/** The app's own list of middleware. Express 4 calls it `_router`, and throws at the sight of `router`. */
function stackOf(req: Request): readonly Layer[] {
  const app = req.app as unknown as { _router?: { stack: Layer[] }; router: { stack: Layer[] } }
  return (app._router ?? app.router).stack
}

function instancesIn(stack: readonly Layer[]): Instance[] {
  return stack.flatMap(({ handle }) => (handle as { [INSTANCE]?: Instance })[INSTANCE] ?? [])
}

function assertDisjoint(instances: readonly Instance[]): void {
  if (new Set(instances).size < instances.length) {
    throw new ConfigError(['one cis2Auth is mounted twice: remove one of the two app.use()'])
  }
  const problems = instances.flatMap((one, index) =>
    instances.slice(index + 1).flatMap((other) => overlaps(one, other)),
  )
  if (problems.length > 0) throw new ConfigError(problems)
}

function overlaps(one: Instance, other: Instance): string[] {
  const problems = [...one.paths]
    .filter((path) => other.paths.has(path))
    .map((path) => `two cis2Auth answer ${path}: set "routes" of one of them`)
  if (one.cookieName === other.cookieName)
    problems.push('two cis2Auth use one cookie: set "session.cookieName" of one of them')
  if (one.keyPrefix === other.keyPrefix)
    problems.push('two cis2Auth use one key prefix: set "session.keyPrefix" of one of them')
  return problems
}
