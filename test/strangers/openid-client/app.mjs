// openid-client, with private_key_jwt: what express-cis2 itself is built on, used by hand.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { URLSearchParams } from 'node:url'

import { createRemoteJWKSet, importPKCS8, jwtVerify } from 'jose'
import * as client from 'openid-client'

const { PORT, ISSUER, CLIENT_ID, KEY_FILE, KID } = process.env
const base = `http://127.0.0.1:${PORT}`
const key = await importPKCS8(readFileSync(KEY_FILE, 'utf8'), 'RS512')
const config = await client.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  { id_token_signed_response_alg: 'RS256' },
  client.PrivateKeyJwt(
    { key, kid: KID },
    {
      // openid-client says the issuer; CIS2 wants the token endpoint's text.
      [client.modifyAssertion]: (_header, payload) => {
        payload.aud = `${ISSUER}/access_token`
      },
    },
  ),
)
client.enableNonRepudiationChecks(config)
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))

const pending = new Map()
const sessions = new Map()
const cookie = (req, name) => new RegExp(`(?:^|; )${name}=([^;]*)`).exec(req.headers.cookie ?? '')?.[1]

const routes = {
  '/login': async (_req, res) => {
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
    pending.set(state, { nonce, verifier })
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: `${base}/callback`,
      scope: 'openid profile',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    res.writeHead(302, { Location: address.href, 'Set-Cookie': `state=${state}; HttpOnly` }).end()
  },
  '/callback': async (req, res, url) => {
    const state = cookie(req, 'state')
    const { nonce, verifier } = pending.get(state) ?? {}
    const tokens = await client.authorizationCodeGrant(config, url, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
    })
    const { sub, sid } = tokens.claims()
    sessions.set(state, { sub, sid })
    res.writeHead(303, { Location: '/me' }).end()
  },
  '/me': (req, res) => {
    const session = sessions.get(cookie(req, 'state'))
    res.writeHead(session ? 200 : 401).end(session ? `signed in: ${session.sub}` : '')
  },
  '/backchannel-logout': async (req, res) => {
    let body = ''
    for await (const part of req) body += part
    const { payload } = await jwtVerify(new URLSearchParams(body).get('logout_token'), keys, {
      issuer: ISSUER,
      audience: CLIENT_ID,
    })
    for (const [id, { sid }] of sessions) if (sid === payload.sid) sessions.delete(id)
    res.writeHead(200).end()
  },
}

createServer((req, res) => {
  const url = new URL(req.url, base)
  const route = routes[url.pathname] ?? ((_req, answer) => answer.writeHead(404).end())
  Promise.resolve(route(req, res, url)).catch((error) => {
    console.error(error)
    res.writeHead(400).end(String(error.message))
  })
}).listen(Number(PORT), '127.0.0.1')
