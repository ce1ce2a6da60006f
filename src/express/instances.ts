/**
 * Two `cis2Auth` in one app: which of them serves a request, and whether they get in each other's way.
 *
 * They meet on the requests that pass through both, and remember whom they met. Looking for each other in Express's
 * list of middleware would miss whatever is wrapped in a function: OpenTelemetry and its like wrap all of it.
 */
import type { Request } from 'express'

import { ConfigError } from '../errors.js'
import { bystandersOf, guardContextOf, setBystanders, type Instance } from './guard-context.js'

/** An {@link Instance}, but for what it takes the middleware to do. */
export type InstanceIdentity = Pick<Instance, 'paths' | 'cookieName' | 'keyPrefix'>

export interface Meetings {
  readonly meet: (other: Instance, app: object) => void
  /**
   * Whether this instance serves the request. The one that owns the path does; else the first whose session cookie
   * the browser sent; else the first mounted. Only one of them at a time, because `req.session` is one.
   *
   * Throws `ConfigError` when two share a path, a cookie or a key prefix, and when one is mounted twice.
   */
  readonly serves: (own: Instance, req: Request) => boolean
}

export function createMeetings(identity: InstanceIdentity): Meetings {
  /** By app, for one instance may be mounted in several. Undefined while it is alone, as nearly all are. */
  let met: WeakMap<object, ReadonlySet<Instance>> | undefined

  function meet(other: Instance, app: object): void {
    met ??= new WeakMap()
    met.set(app, new Set([...(met.get(app) ?? []), other]))
  }

  function othersOf(req: Request): readonly Instance[] {
    return [...(met?.get(req.app) ?? [])]
  }

  function introduce(own: Instance, req: Request, present: readonly Instance[]): void {
    if (present.includes(own)) throw new ConfigError(['one cis2Auth is mounted twice: remove one of the two app.use()'])
    for (const other of present) {
      meet(other, req.app)
      other.meet(own, req.app)
    }
  }

  return {
    meet,
    serves(own, req) {
      const serving = guardContextOf(req)?.instance
      const bystanders = bystandersOf(req)
      // Alone, as nearly always.
      if (serving === undefined && bystanders.length === 0 && met === undefined) return true
      introduce(own, req, serving === undefined ? bystanders : [serving, ...bystanders])
      const others = othersOf(req)
      assertDisjoint(identity, others)
      const chosen = isChosen(identity, req, serving, others)
      if (!chosen) setBystanders(req, [...bystanders, own])
      return chosen
    },
  }
}

function isChosen(
  own: InstanceIdentity,
  req: Request,
  serving: Instance | undefined,
  others: readonly Instance[],
): boolean {
  if (own.paths.has(req.path)) return true
  if (others.some(({ paths }) => paths.has(req.path))) return false
  // Whoever serves it came first. Without a cookie of its own it only stands in, until one comes that has one.
  if (serving !== undefined) return carries(req, own) && !carries(req, serving)
  return carries(req, own) || !others.some((other) => carries(req, other))
}

function carries(req: Request, { cookieName }: Pick<Instance, 'cookieName'>): boolean {
  return req.headers.cookie?.split(';').some((pair) => pair.trimStart().startsWith(`${cookieName}=`)) === true
}

function assertDisjoint(own: InstanceIdentity, others: readonly Instance[]): void {
  const problems = others.flatMap((other) => overlaps(own, other))
  if (problems.length > 0) throw new ConfigError(problems)
}

function overlaps(one: InstanceIdentity, other: InstanceIdentity): string[] {
  const problems = [...one.paths]
    .filter((path) => other.paths.has(path))
    .map((path) => `two cis2Auth answer ${path}: set "routes" of one of them`)
  if (one.cookieName === other.cookieName)
    problems.push('two cis2Auth use one cookie: set "session.cookieName" of one of them')
  if (one.keyPrefix === other.keyPrefix)
    problems.push('two cis2Auth use one key prefix: set "session.keyPrefix" of one of them')
  return problems
}
