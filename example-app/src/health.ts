/** What an orchestrator asks: mounted before sign-in, so that a probe costs no session. */
import { Router } from 'express'
import type { Cis2Auth } from 'express-cis2'

/**
 * `/health/live`: the process answers. `/health/ready`: it may get visitors, from the first time that Redis answered.
 *
 * A Redis that goes away later takes nothing out of service: it would take every instance out at once, and visitors would
 * meet the load balancer's bare 503 in place of pages that need nobody signed in, and of a page that says what is wrong.
 */
export function healthRoutes(auth: Pick<Cis2Auth, 'health'>): Router {
  const router = Router()
  let wasReady = false
  router.get('/health/live', (_req, res) => {
    res.sendStatus(200)
  })
  router.get('/health/ready', async (_req, res) => {
    const { status } = await auth.health()
    wasReady ||= status !== 'down'
    res.status(wasReady ? 200 : 503).json({ status })
  })
  return router
}
