// Express, the same answers, nobody signed in: what there is to lose.
import express from 'express'

import { addGuardedRoutes, guardedBy, serve } from '../support/serve.mjs'
import { usualSession } from '../support/user.mjs'

await serve(() => {
  const { user } = usualSession()
  const app = express()
  addGuardedRoutes(
    app,
    guardedBy(() => user),
    () => user,
  )
  return app
})
