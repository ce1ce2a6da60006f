// A CommonJS module resolves to the CommonJS build's own types.
import express = require('express')
import cis2 = require('express-cis2')
import simulator = require('express-cis2/simulator')
import testing = require('express-cis2/testing')

export function build(user: cis2.Cis2User = testing.aUser()): express.Express {
  const app = express()
  app.use(testing.fakeCis2Auth(user))
  app.get('/me', cis2.requireCis2({ aal: 2 }), (req, res) => {
    res.json(req.cis2User?.selectedRole?.code)
  })
  return app
}

export const start: () => Promise<simulator.Simulator> = () => simulator.startSimulator()
