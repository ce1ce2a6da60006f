/** What every route works with. */
import type { Request, Response } from 'express'

import type { Emit } from '../events.js'
import type { NhsApi } from '../nhs-api/nhs-api.js'
import type { Provider } from '../oidc/provider.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { Loaded, Sessions, SignedInSession } from '../session/sessions.js'
import type { Turns } from './turns.js'

export interface Parts {
  readonly config: Cis2Config
  readonly provider: Provider
  readonly sessions: Sessions
  readonly emit: Emit
  /** Undefined without the option `nhsApi`. */
  readonly nhsApi: NhsApi | undefined
  readonly turns: Turns
}

/**
 * One of our routes. What it throws is answered by the refusals.
 * @param loaded - The request's session; nobody's for a route that loads it for itself, if at all.
 */
export type RouteHandler = (req: Request, res: Response, loaded: Loaded) => Promise<void> | void

/** The signed-in session of a loaded request; throws what made loading fail. */
export function sessionOf(loaded: Loaded): SignedInSession | undefined {
  if (loaded.store === 'unavailable') throw loaded.error
  return loaded.session
}
