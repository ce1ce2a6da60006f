// express-session over connect-redis and ioredis as usually written: user and tokens in `req.session`.
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { Redis } from 'ioredis'

import { addGuardedRoutes, guardedBy, serve, settings } from '../support/serve.mjs'
import { usualSession } from '../support/user.mjs'

await serve(() => {
  const app = express()
  app.use(
    session({
      store: new RedisStore({ client: new Redis(settings.redis), prefix: 'usual:', ttl: 900 }),
      secret: settings.secret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', maxAge: 900_000 },
    }),
  )
  app.get('/sign-in', (req, res) => {
    req.session.signedIn = usualSession()
    res.sendStatus(204)
  })
  const userOf = (req) => req.session.signedIn?.user
  addGuardedRoutes(app, guardedBy(userOf), userOf)
  return app
})
