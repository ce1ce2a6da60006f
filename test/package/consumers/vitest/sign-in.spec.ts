import { generateKeyPairSync } from 'node:crypto'

import express from 'express'
import { cis2Auth, requireCis2 } from 'express-cis2'
import { aUser, fakeCis2Auth, startTestCis2, type TestCis2 } from 'express-cis2/testing'
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'

let cis2: TestCis2

beforeAll(async () => {
  cis2 = await startTestCis2()
})

afterAll(() => cis2.stop())

function createApp(auth: express.RequestHandler): express.Express {
  const app = express()
  app.use(auth)
  app.get('/me', requireCis2({ roles: ['R8001'] }), (req, res) => {
    res.json({ name: req.cis2User?.familyName })
  })
  return app
}

test('signs a user in and out', async () => {
  const agent = request.agent(createApp(cis2Auth(cis2.options())))
  expect((await agent.get('/me')).status).toBe(401)
  await cis2.signInAs(agent, 'Ngozi Okafor')
  expect((await agent.get('/me')).body).toEqual({ name: 'Okafor' })
  await cis2.removeSmartcard('Ngozi Okafor')
  expect((await agent.get('/me')).status).toBe(401)
})

test('signs in with a key of its own, and reads UserInfo that is signed', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const clientAuthentication = { method: 'private_key_jwt' as const, keys: [{ privateKey }] }
  const app = createApp(cis2Auth(cis2.options({ clientAuthentication, userInfo: 'signed' })))
  const agent = request.agent(app)
  await cis2.signInAs(agent, 'Ngozi Okafor')
  expect((await agent.get('/me')).body).toEqual({ name: 'Okafor' })
})

test('runs in the environment that was asked for', () => {
  expect('document' in globalThis).toBe(process.env.ENVIRONMENT !== 'node')
})

test('a unit test needs no CIS2', async () => {
  const doctor = createApp(fakeCis2Auth(aUser({ role: 'R8000' })))
  expect((await request(doctor).get('/me')).status).toBe(403)
})
