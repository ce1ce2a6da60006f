// The application: ES modules, with a copy of the package of its own, as workspaces may install it.
import express from 'express'
import * as cis2 from 'second-copy'

export { cis2 }

export function createApp(auth = undefined, options = undefined) {
  const app = express()
  app.use(auth ?? cis2.cis2Auth(options))
  app.get('/me', cis2.requireCis2({ aal: 3 }), (req, res) => {
    res.json({ name: cis2.cis2UserOf(req).familyName })
  })
  return app
}
