/** Where the user is signed in, and signing out there: a browser that she left open on another ward. */
import express, { Router } from 'express'
import type { Request } from 'express'
import { cis2UserOf, requireCis2 } from 'express-cis2'
import type { Cis2Auth } from 'express-cis2'

/** `/where-you-are-signed-in`: `req.cis2.sessions()`, and `auth.endSessions({ sub, id })` for one of them. */
export function whereYouAreSignedInPage(auth: Cis2Auth): Router {
  const router = Router()

  router.get('/where-you-are-signed-in', requireCis2(), async (req, res) => {
    res.render('pages/where-you-are-signed-in.njk', { sessions: await req.cis2.sessions() })
  })

  router.post('/where-you-are-signed-in', requireCis2(), express.urlencoded({ extended: false }), async (req, res) => {
    const { sub } = cis2UserOf(req)
    const id = idOf(req)
    // Of her own sessions alone: an id of anybody else's ends nothing.
    if (id !== undefined) await auth.endSessions({ sub, id })
    res.redirect(303, '/where-you-are-signed-in')
  })

  return router
}

function idOf(req: Request): string | undefined {
  const { id } = (req.body ?? {}) as { id?: unknown }
  return typeof id === 'string' && id !== '' ? id : undefined
}
