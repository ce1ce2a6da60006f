// The application: ES modules.
import express from 'express'
import * as cis2 from 'express-cis2'

export { cis2 }

export function createApp(auth = undefined, options = undefined) {
  const app = express()
  app.use(auth ?? cis2.cis2Auth(options))
  app.get('/me', cis2.requireCis2({ aal: 3 }), (req, res) => {
    res.json({ name: cis2.cis2UserOf(req).familyName })
  })
  return app
}
