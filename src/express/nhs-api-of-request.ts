/** `req.cis2.nhsApi`: NHS APIs, called as the user of the request. */
import type { Request } from 'express'

import { ConfigError, NotSignedInError } from '../errors.js'
import type { NhsApi, RequestSession } from '../nhs-api/nhs-api.js'
import type { Loaded, SignedInSession } from '../session/sessions.js'
import { correlationIdOf } from './correlation-id.js'
import { sessionOf } from './parts.js'
import type { Cis2NhsApi } from './request.js'

/** @param loaded - What the request is at the moment of a call: a sign-out in the same handler counts. */
export function nhsApiOfRequest(req: Request, nhsApi: NhsApi | undefined, loaded: () => Loaded): Cis2NhsApi {
  function ready(): { api: NhsApi; session: RequestSession } {
    if (nhsApi === undefined) throw new ConfigError(['req.cis2.nhsApi needs the option nhsApi of cis2Auth()'])
    const session = sessionOf(loaded())
    if (session === undefined) throw new NotSignedInError('An NHS API is called for a signed-in user.')
    return { api: nhsApi, session: { ...apiSessionOf(session), correlationId: correlationIdOf(req) } }
  }
  return Object.freeze({
    async fetch(target: string | URL, init?: RequestInit) {
      const { api, session } = ready()
      return api.fetch(session, target, init)
    },
    async headers() {
      const { api, session } = ready()
      return api.headers(session)
    },
  })
}

/** What the API platform's room needs of a session. */
export function apiSessionOf(session: SignedInSession): Omit<RequestSession, 'correlationId'> {
  return { subject: session.subject, slot: session.apiToken() }
}
