/** Which address is answered by what. */
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'

import { readBodyAsText } from '../exchange.js'
import { notFoundPage } from '../pages/not-found-page.js'
import { SIGN_IN_PATH } from '../pages/sign-in-pages.js'
import { refuseForeignHosts } from '../refuse-foreign-hosts.js'
import { PLATFORM_TOKEN_PATHS, type World } from '../world.js'
import { apiPlatformRoute, patientRoute } from './api-platform.js'
import { authorizeRoute } from './authorize.js'
import { sendJson, sendPage, wantsPage } from './control/command.js'
import { addControlRoutes } from './control/index.js'
import { endSessionRoute } from './end-session.js'
import { discoveryRoute, keySetRoute } from './metadata.js'
import { signInRoute } from './sign-in.js'
import { tokenRoute } from './token.js'
import { userInfoRoute } from './userinfo.js'

/** Mounts everything: the provider below the issuer's path, the pages where they always are. */
export function addRoutes(app: Express, world: World): void {
  const base = world.addresses.basePath.replace(/\/$/, '')
  app.use(refuseForeignHosts(world))
  app.use(readBodyAsText)
  app.get(`${base}/.well-known/openid-configuration`, discoveryRoute(world))
  app.get(`${base}/connect/jwk_uri`, keySetRoute(world))
  app.all(`${base}/authorize`, authorizeRoute(world))
  app.all(`${base}/access_token`, tokenRoute(world))
  app.get(`${base}/userinfo`, userInfoRoute(world))
  app.post(`${base}/userinfo`, userInfoRoute(world))
  app.get(`${base}/connect/endSession`, endSessionRoute(world))
  app.post(`${base}/connect/endSession`, endSessionRoute(world))
  app.post(PLATFORM_TOKEN_PATHS, apiPlatformRoute(world))
  app.get('/personal-demographics/FHIR/R4/Patient/:id', patientRoute(world))
  app.get(SIGN_IN_PATH, signInRoute(world))
  app.post(SIGN_IN_PATH, signInRoute(world))
  addControlRoutes(app, world)
  app.get('/', (_req, res) => {
    res.redirect(302, '/simulator')
  })
  app.use(notFound(world))
  app.use(answerFailure)
}

/** For browsers a page; programs get JSON. */
function notFound({ addresses, faults }: World): RequestHandler {
  return (req, res) => {
    if (wantsPage(req)) {
      sendPage(res, 404, notFoundPage({ path: req.path, issuer: addresses.issuer, faults: faults.shown() }))
      return
    }
    sendJson(res, 404, { problems: [`nothing is at ${req.path}; CIS2 is below ${addresses.issuer}`] })
  }
}

/** A body that is too long or a defect of the simulator's own: never a page with a stack trace. */
const answerFailure: ErrorRequestHandler = (error: Error & { status?: number }, _req, res, next) => {
  if (res.headersSent) next(error)
  else res.status(error.status ?? 500).json({ error_description: error.message, error: 'server_error' })
}
