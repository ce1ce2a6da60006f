/** What CIS2 told the clinic about the user. */
import { Router } from 'express'
import { cis2UserOf, requireCis2 } from 'express-cis2'

const AUTHENTICATORS = {
  smartcard: 'Smartcard',
  'windows-hello': 'Windows Hello',
  passkey: 'Passkey',
  'security-key': 'Security key',
  ipad: 'NHS iPad app',
  'microsoft-authenticator': 'Microsoft Authenticator',
  'nhs-net-connect': 'NHS.net Connect',
  password: 'User name and password',
}

/** `/who-am-i`: `req.cis2User` and `req.cis2.session`, readable and as JSON. */
export function whoAmIPage(): Router {
  const router = Router()

  router.get('/who-am-i', requireCis2(), (req, res) => {
    const user = cis2UserOf(req)
    res.render('pages/who-am-i.njk', {
      authenticator: user.authenticator === undefined ? 'Not known' : AUTHENTICATORS[user.authenticator],
      session: req.cis2.session,
      json: JSON.stringify(user, null, 2),
    })
  })

  return router
}
