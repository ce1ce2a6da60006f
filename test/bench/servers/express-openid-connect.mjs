// express-openid-connect as its documentation has it: the session in its encrypted cookie, or (`store`) in Redis.
import { RedisStore } from 'connect-redis'
import express from 'express'
import openidConnect from 'express-openid-connect'
import { Redis } from 'ioredis'

import { addGuardedRoutes, guardedBy, serve, settings } from '../support/serve.mjs'

const { auth, requiresAuth } = openidConnect

/** Adds UserInfo to the session, which the package leaves to the application. */
async function withUserInfo(req, res, session) {
  const answer = await fetch(`${settings.issuer}/userinfo`, {
    headers: { Authorization: `Bearer ${session.access_token}` },
  })
  const claims = JSON.parse(Buffer.from(session.id_token.split('.')[1], 'base64url').toString())
  const user = {
    ...(await answer.json()),
    aal: Number(claims.authentication_assurance_level),
    selected_roleid: claims.selected_roleid,
  }
  return { ...session, user }
}

await serve((url) => {
  const store = settings.store
    ? { store: new RedisStore({ client: new Redis(settings.redis), prefix: 'oidc:', ttl: 900 }) }
    : {}
  const app = express()
  app.use(
    auth({
      authRequired: false,
      issuerBaseURL: settings.issuer,
      baseURL: url,
      clientID: settings.client.id,
      clientSecret: settings.client.secret,
      clientAuthMethod: 'client_secret_post',
      secret: settings.secret,
      authorizationParams: { response_type: 'code', scope: settings.scope },
      session: store,
      afterCallback: withUserInfo,
    }),
  )
  const userOf = (req) => req.appSession?.user
  addGuardedRoutes(app, [requiresAuth(), guardedBy(userOf)], userOf)
  return app
})
