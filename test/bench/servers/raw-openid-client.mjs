// openid-client by hand: the least that signs somebody in correctly, and one write to Redis.
import { createHmac, createPrivateKey, randomBytes, timingSafeEqual } from 'node:crypto'
import express from 'express'
import { Redis } from 'ioredis'
import { importPKCS8 } from 'jose'
import * as client from 'openid-client'

import { serve, settings } from '../support/serve.mjs'

const UNDER_WAY = 'sign-in'

await serve(async (url) => {
  const redis = new Redis(settings.redis)
  const provider = await discover()
  const redirectUri = `${url}/callback`
  const app = express()

  app.get('/login', async (req, res) => {
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      idTokenExpected: true,
    }
    res.cookie(UNDER_WAY, sign(JSON.stringify(checks)), { httpOnly: true, sameSite: 'lax', maxAge: 600_000 })
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
    const checks = JSON.parse(verify(cookieOf(req)))
    const tokens = await client.authorizationCodeGrant(provider, new URL(req.originalUrl, url), checks)
    const { sub, ...claims } = tokens.claims()
    const user = await client.fetchUserInfo(provider, tokens.access_token, sub)
    const id = randomBytes(32).toString('base64url')
    const session = { user, claims, idToken: tokens.id_token, accessToken: tokens.access_token }
    await redis.set(`raw:${id}`, JSON.stringify(session), 'EX', 900)
    res.clearCookie(UNDER_WAY, { httpOnly: true, sameSite: 'lax' })
    res.cookie('session', id, { httpOnly: true, sameSite: 'lax' })
    res.redirect(303, '/')
  })
  return app
})

/** What was sent to the provider, kept in the browser that it was sent by: signed, for nobody else to make. */
function sign(text) {
  return `${Buffer.from(text).toString('base64url')}.${macOf(text)}`
}

function verify(cookie) {
  const [body, mac] = cookie.split('.')
  const text = Buffer.from(body, 'base64url').toString()
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(text)))) throw new Error('not our cookie')
  return text
}

function macOf(text) {
  return createHmac('sha256', settings.secret).update(text).digest('base64url')
}

function cookieOf(req) {
  return new RegExp(`${UNDER_WAY}=([^;]*)`).exec(req.headers.cookie)[1]
}

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
