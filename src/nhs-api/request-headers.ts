/** The headers that a call to an NHS API carries: who calls in which role, and what joins it to logs. */
import { randomUUID } from 'node:crypto'

import { ApiRequestError } from '../errors.js'

/** For whom a call is made. */
export interface Caller {
  readonly accessToken: string
  /** Of the selected role: `person_roleid`. */
  readonly roleId: string
  readonly correlationId: string
}

/** Set by us alone: with a caller's own, one user's token could meet another's role. */
const OURS = ['authorization', 'nhsd-session-urid'] as const

/** Throws {@link ApiRequestError} when the caller brings headers that are ours to set, or that are none. */
export function readCallersHeaders(given: RequestInit['headers']): Headers {
  const headers = parseHeaders(given)
  for (const name of OURS) {
    if (headers.has(name)) throw new ApiRequestError(`The header ${name} is set by nhsApi, and by nobody else.`)
  }
  return headers
}

function parseHeaders(given: RequestInit['headers']): Headers {
  try {
    return new Headers(given)
  } catch {
    // The engine's message repeats the value.
    throw new ApiRequestError('A header for the API is no name and value that HTTP allows.')
  }
}

/** What the platform and its APIs ask for; `X-Request-ID` is new for each call. */
export function identifyingHeaders({ accessToken, roleId, correlationId }: Caller): Record<string, string> {
  return {
    Authorization: `Bearer ${accessToken}`,
    'NHSD-Session-URID': roleId,
    'X-Request-ID': randomUUID(),
    'X-Correlation-ID': correlationId,
  }
}

/** The caller's own headers, and ours; of those that only join logs the caller's come first. */
export function withIdentity(headers: Headers, caller: Caller): Headers {
  const all = new Headers(headers)
  for (const [name, value] of Object.entries(identifyingHeaders(caller))) if (!all.has(name)) all.set(name, value)
  return all
}
