/** Where a guard stood that refused, and what of it: for whoever has to find it in the code. */
import type { IncomingMessage } from 'node:http'

import type { Cis2Event } from '../events.js'
import { isCis2Error } from '../errors.js'

/** Members of the event: the method, the route's pattern and the requirement's key; never the address. */
export function whereRefused(
  req: IncomingMessage & { readonly route?: unknown },
  error: unknown,
): Pick<Cis2Event, 'method' | 'route' | 'key'> {
  const route = patternOf(req.route)
  const key = keyOf(error)
  return {
    ...(req.method === undefined ? {} : { method: req.method }),
    ...(route === undefined ? {} : { route }),
    ...(key === undefined ? {} : { key }),
  }
}

/** `req.baseUrl` is left out: where a router is mounted with parameters it holds their values. */
function patternOf(route: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined
  const paths: readonly unknown[] = [route.path].flat()
  const patterns = paths.filter((path) => typeof path === 'string' || path instanceof RegExp)
  return patterns.length === 0 ? undefined : patterns.map(String).join(', ')
}

function keyOf(error: unknown): string | undefined {
  if (!isCis2Error(error)) return undefined
  if (error.code === 'CIS2_CROSS_ORIGIN') return 'crossOrigin'
  return error.code === 'CIS2_FORBIDDEN' || error.code === 'CIS2_STEP_UP_REQUIRED' ? error.key : undefined
}
