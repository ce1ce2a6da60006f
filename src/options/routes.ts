/** The `routes` option: where each of our routes is answered. */
import { z } from 'zod'

import type { RouteName } from './cis2-options.js'
import { routeSchema } from './addresses.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readFields, whenRead } from './fields.js'

const DEFAULT_PATHS: Readonly<Record<RouteName, string>> = {
  login: '/login',
  callback: '/callback',
  logout: '/logout',
  changeRole: '/change-role',
  backChannelLogout: '/backchannel-logout',
  jwks: '/.well-known/jwks.json',
  session: '/session',
}

const ROUTE = z.union([z.literal(false), routeSchema], {
  error: 'must be false, or a path of plain parts: one slash at the beginning, none at the end, such as "/login"',
})

const SHAPE = {
  login: ROUTE.default(DEFAULT_PATHS.login),
  callback: ROUTE.default(DEFAULT_PATHS.callback),
  logout: ROUTE.default(DEFAULT_PATHS.logout),
  changeRole: ROUTE.optional(),
  backChannelLogout: ROUTE.default(DEFAULT_PATHS.backChannelLogout),
  jwks: ROUTE.default(DEFAULT_PATHS.jwks),
  session: ROUTE.default(DEFAULT_PATHS.session),
} satisfies Record<RouteName, z.ZodType>

/**
 * Reads the `routes` option. A sign-in that can start must be able to end: `login` and `changeRole` need `callback`.
 * (`callback` alone is fine: `req.cis2.signIn` starts sign-ins too.)
 */
export function parseRoutes(value: unknown, problems: string[]): Readable<Readonly<Record<RouteName, string | false>>> {
  const fields = readFields(SHAPE, value === undefined ? {} : value, 'routes', problems)
  if (fields === undefined) return UNREADABLE
  const { callback, changeRole = callback === false ? false : DEFAULT_PATHS.changeRole, ...others } = fields
  const routes = { ...others, callback, changeRole }
  const taken = new Set<string>()
  for (const [name, path] of Object.entries(routes)) {
    if (typeof path !== 'string') continue
    // Routers match without regard to case.
    if (taken.has(path.toLowerCase())) problems.push(`routes.${name} must differ from the other routes`)
    taken.add(path.toLowerCase())
  }
  for (const name of ['login', 'changeRole'] as const) {
    if (callback === false && typeof routes[name] === 'string') problems.push(`routes.${name} needs routes.callback`)
  }
  const read = whenRead(routes)
  return read === UNREADABLE ? UNREADABLE : Object.freeze(read)
}
