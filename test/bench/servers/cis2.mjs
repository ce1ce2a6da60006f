// This package with its defaults: sealing, tombstones, index, events.
import express from 'express'

import { serve, settings } from '../support/serve.mjs'
import { ACCEPTED_JOBS } from '../support/user.mjs'

const { cis2Auth, requireCis2 } = await import(settings.package)
/** Somebody listens, and does little. */
let events = 0

await serve(async (url) => {
  const auth = cis2Auth({
    issuer: settings.issuer,
    clientId: settings.client.id,
    clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: settings.client.privateKey }] },
    baseUrl: url,
    session: { secret: settings.secret, redis: settings.redis, ...settings.session },
    onEvent: () => (events += 1),
  })
  await auth.ready()
  const app = express()
  app.use(auth)
  app.get('/open', (req, res) => {
    res.json({ store: req.cis2.store })
  })
  const guard = requireCis2({ aal: 3, roles: ACCEPTED_JOBS })
  app.get('/role', guard, (req, res) => {
    const { sub, selectedRole } = req.cis2User
    res.json({ sub, role: selectedRole.code })
  })
  app.get('/roles', guard, (req, res) => {
    const { name, roles } = req.cis2User
    res.json({ name, roles: roles.map((role) => role.code) })
  })
  return app
})
