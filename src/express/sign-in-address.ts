/** Addresses of our own routes, to send a browser to or to link to. */
import type { Request } from 'express'

import { isCis2Error } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import { isRead } from './navigation.js'
import { defaultReturnTo, publicPath, returnToReferrer, safeReturnTo } from './return-to.js'

/** What the sign-in at the end of a link is asked for. */
export interface SignInDemand {
  readonly aal?: number | undefined
  readonly maxAge?: number | undefined
}

export function loginAddress(
  config: Cis2Config,
  { returnTo, aal, maxAge }: SignInDemand & { returnTo: string },
): string {
  const query = new URLSearchParams()
  if (aal !== undefined) query.set('aal', String(aal))
  if (maxAge !== undefined) query.set('maxAge', String(maxAge))
  query.set('returnTo', returnTo)
  return `${config.baseUrl.path}${String(config.routes.login)}?${query.toString()}`
}

/** Sign-in that comes back to the page at hand; undefined without a login route. */
export function signInAddress(req: Request, config: Cis2Config, demand: SignInDemand = {}): string | undefined {
  return config.routes.login === false ? undefined : loginAddress(config, { ...demand, returnTo: pageAt(req, config) })
}

/** Another role, then back to the page at hand; undefined without such a route. */
export function changeRoleAddress(req: Request, config: Cis2Config): string | undefined {
  const { changeRole } = config.routes
  if (changeRole === false) return undefined
  return `${config.baseUrl.path}${changeRole}?${new URLSearchParams({ returnTo: pageAt(req, config) }).toString()}`
}

/** The page that was asked for, or the one whose form was sent; else the default page. */
export function pageAt(req: Request, config: Cis2Config): string {
  const page = isRead(req)
    ? safeReturnTo(publicPath(req.originalUrl, config), config)
    : returnToReferrer(req.get('referer'), config)
  return page ?? defaultReturnTo(config)
}

/** What to ask for when another sign-in would let the user through; undefined when none would. */
export function signInThatHelps(error: unknown, config: Cis2Config): SignInDemand | undefined {
  if (!isCis2Error(error)) return undefined
  switch (error.code) {
    case 'CIS2_SESSION_UNREADABLE':
      return {}
    case 'CIS2_STEP_UP_REQUIRED':
      return { aal: error.aal, maxAge: error.maxAuthAgeSeconds }
    case 'CIS2_NOT_SIGNED_IN': {
      // What every sign-in reaches need not be asked for. What the guard asks beyond it is, or she signs in twice.
      const { aal, maxAuthAgeSeconds: maxAge } = error
      return {
        aal: (aal ?? 1) > config.aal ? aal : undefined,
        maxAge: (maxAge ?? Infinity) < config.maxAuthAgeSeconds ? maxAge : undefined,
      }
    }
    default:
      return undefined
  }
}
