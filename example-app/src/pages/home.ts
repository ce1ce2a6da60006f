/** The pages that anybody may see: home, and "you have signed out". */
import { Router } from 'express'

/** Why a session ended, in words for the person who sits there. The keys are the reasons that `GET /session` gives. */
const ENDINGS = new Map([
  ['idle', 'You did not use the clinic for a while.'],
  ['absolute', 'You have to sign in again once in a working day, and that time was over.'],
  ['back-channel', 'Your Care Identity session ended. This happens when you take your smartcard out.'],
  ['replaced', 'You signed in to the clinic somewhere else.'],
  ['administrator', 'An administrator ended your session.'],
  ['unknown', 'Your session could no longer be confirmed.'],
])

/** `/` and `/signed-out`. */
export function homePages(): Router {
  const router = Router()

  router.get('/', (req, res) => {
    // While the store cannot be reached nobody is known to be signed in, and nobody to be signed out.
    res.render('pages/home.njk', { unknown: req.cis2.store === 'unavailable' })
  })

  // Sign-out leads here, and so does the session warning when it finds that the session has ended.
  router.get('/signed-out', (req, res) => {
    if (req.cis2User) {
      res.redirect(303, '/')
      return
    }
    const { reason, returnTo } = req.query
    res.render('pages/signed-out.njk', {
      ending: typeof reason === 'string' ? ENDINGS.get(reason) : undefined,
      // Only a link to /login, which accepts nothing but paths of this clinic.
      returnTo: typeof returnTo === 'string' ? returnTo : '/',
    })
  })

  return router
}
