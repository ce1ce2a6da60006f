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
    ...(settings.nhsApi && { nhsApi: nhsApi() }),
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
  app.get('/nhs-api', guard, async (req, res) => {
    const { sub, selectedRole } = req.cis2User
    const { 'NHSD-Session-URID': roleId } = await req.cis2.nhsApi.headers()
    res.json({ sub, role: selectedRole.code, roleId })
  })
  return app
})

function nhsApi() {
  const { id, kid, privateKey, apiSecret } = settings.client
  return { tokenEndpoint: settings.tokenEndpoint, apiKey: id, apiSecret, keys: [{ privateKey, kid }] }
}
