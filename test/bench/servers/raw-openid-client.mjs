// openid-client by hand: the least that signs somebody in correctly, and one write to Redis.
import { createPrivateKey, randomBytes } from 'node:crypto'
import express from 'express'
import { Redis } from 'ioredis'
import { importPKCS8 } from 'jose'
import * as client from 'openid-client'

import { serve, settings } from '../support/serve.mjs'

await serve(async (url) => {
  const redis = new Redis(settings.redis)
  const provider = await discover()
  const redirectUri = `${url}/callback`
  const underWay = new Map()
  const app = express()

  app.get('/login', async (req, res) => {
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      idTokenExpected: true,
    }
    underWay.set(checks.expectedState, checks)
    const address = client.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope: settings.scope,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      prompt: 'login',
      acr_values: 'AAL3_ANY',
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    res.redirect(address.href)
  })

  app.get('/callback', async (req, res) => {
    const checks = underWay.get(req.query.state)
    underWay.delete(req.query.state)
    const tokens = await client.authorizationCodeGrant(provider, new URL(req.originalUrl, url), checks)
    const { sub, ...claims } = tokens.claims()
    const user = await client.fetchUserInfo(provider, tokens.access_token, sub)
    const id = randomBytes(32).toString('base64url')
    const session = { user, claims, idToken: tokens.id_token, accessToken: tokens.access_token }
    await redis.set(`raw:${id}`, JSON.stringify(session), 'EX', 900)
    res.cookie('session', id, { httpOnly: true, sameSite: 'lax' })
    res.redirect(303, '/')
  })
  return app
})

async function discover() {
  const pem = createPrivateKey(settings.client.privateKey).export({ type: 'pkcs8', format: 'pem' })
  const key = await importPKCS8(pem, 'RS512')
  const authentication = client.PrivateKeyJwt(
    { key, kid: settings.client.kid },
    {
      [client.modifyAssertion]: (header, payload) => {
        payload.aud = `${settings.issuer}/access_token`
      },
    },
  )
  return client.discovery(new URL(settings.issuer), settings.client.id, undefined, authentication, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  })
}
