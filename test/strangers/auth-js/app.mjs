// Auth.js for Express. METHOD: client_secret_post, or private_key_jwt, which Auth.js cannot do as CIS2 wants it.
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { ExpressAuth, getSession } from '@auth/express'
import express from 'express'
import { createRemoteJWKSet, importPKCS8, jwtVerify } from 'jose'

const { PORT, ISSUER, CLIENT_ID, CLIENT_SECRET, KEY_FILE, KID, METHOD } = process.env
const ended = new Set()
const withKey = METHOD === 'private_key_jwt'

const config = {
  trustHost: true,
  secret: 'a secret of at least thirty-two characters',
  providers: [
    {
      id: 'cis2',
      name: 'CIS2',
      type: 'oidc',
      issuer: ISSUER,
      clientId: CLIENT_ID,
      checks: ['pkce', 'state', 'nonce'],
      client: { token_endpoint_auth_method: METHOD },
      ...(withKey
        ? { token: { clientPrivateKey: { key: await importPKCS8(readFileSync(KEY_FILE, 'utf8'), 'RS512'), kid: KID } } }
        : { clientSecret: CLIENT_SECRET }),
      profile: ({ sub, name }) => ({ id: sub, name }),
    },
  ],
  callbacks: {
    jwt: ({ token, profile }) => (profile ? { ...token, sub: profile.sub, sid: profile.sid } : token),
    session: ({ session, token }) => ({ ...session, sub: token.sub, sid: token.sid }),
  },
}
if (withKey) createPrivateKey(readFileSync(KEY_FILE))

const keys = createRemoteJWKSet(new URL(`${ISSUER}/connect/jwk_uri`))
const app = express()
app.use('/auth/*', ExpressAuth(config))
app.get('/me', async (req, res) => {
  const session = await getSession(req, config)
  if (!session?.sub || ended.has(session.sid)) res.status(401).end()
  else res.type('text').send(`signed in: ${session.sub}`)
})
app.post('/backchannel-logout', express.urlencoded(), async (req, res) => {
  const { payload } = await jwtVerify(req.body.logout_token, keys, { issuer: ISSUER, audience: CLIENT_ID })
  ended.add(payload.sid)
  res.status(200).end()
})
app.listen(Number(PORT), '127.0.0.1')
