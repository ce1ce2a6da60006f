/** A request to the callback address, and what there is to deal with it. */
import type { Request, Response } from 'express'

import { knownErrorIn } from '../cis2/authorization-errors.js'
import type { Loaded } from '../session/sessions.js'
import type { Parts } from './parts.js'
import { rawQueryOf } from './raw-query.js'

export interface CallbackRequest {
  readonly req: Request
  readonly res: Response
  readonly parts: Parts
  readonly loaded: Loaded
  /** What CIS2 sent the browser back with. */
  readonly query: string
}

export function callbackRequest(req: Request, res: Response, parts: Parts, loaded: Loaded): CallbackRequest {
  return { req, res, parts, loaded, query: rawQueryOf(req) }
}

/** What CIS2 objected to, though it was not asked: without a state, or before CIS2 was discovered, nobody else tells. */
export function saidInstead({ query }: CallbackRequest): { cause?: Error } {
  const code = knownErrorIn(query)
  return code === undefined ? {} : { cause: new Error(`CIS2 answered ${code}.`) }
}
