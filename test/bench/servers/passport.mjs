// passport on top of express-session, connect-redis and ioredis: the user is what passport serialises.
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { Redis } from 'ioredis'
import passport from 'passport'

import { addGuardedRoutes, guardedBy, serve, settings } from '../support/serve.mjs'
import { usualSession } from '../support/user.mjs'

passport.serializeUser((signedIn, done) => done(null, signedIn))
passport.deserializeUser((signedIn, done) => done(null, signedIn))

await serve(() => {
  const app = express()
  app.use(
    session({
      store: new RedisStore({ client: new Redis(settings.redis), prefix: 'passport:', ttl: 900 }),
      secret: settings.secret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', maxAge: 900_000 },
    }),
  )
  app.use(passport.session())
  app.get('/sign-in', (req, res, next) => {
    req.login(usualSession(), (error) => {
      if (error) next(error)
      else res.sendStatus(204)
    })
  })
  const userOf = (req) => (req.isAuthenticated() ? req.user.user : undefined)
  addGuardedRoutes(app, guardedBy(userOf), userOf)
  return app
})
