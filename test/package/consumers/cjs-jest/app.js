const express = require('express')
const { cis2Auth, requireCis2 } = require('express-cis2')

exports.createApp = function createApp(options) {
  const app = express()
  app.use(cis2Auth(options))
  app.get('/me', requireCis2(), (req, res) => {
    res.json({ name: req.cis2User.familyName, aal: req.cis2User.aal })
  })
  return app
}
