// Run once for each pair of Express and ioredis that the package promises.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'

import express from 'express'
import { cis2Auth, requireCis2 } from 'express-cis2'
import { startTestCis2 } from 'express-cis2/testing'
import { Redis } from 'ioredis'
import request from 'supertest'

const require = createRequire(import.meta.url)
const { REDIS_URL, EXPECT_EXPRESS, EXPECT_IOREDIS } = process.env

let cis2
let redis

before(async () => {
  cis2 = await startTestCis2()
  redis = new Redis(REDIS_URL)
})

after(async () => {
  redis.disconnect()
  await cis2.stop()
})

function createApp(auth) {
  const app = express()
  app.use(auth)
  app.get('/me', requireCis2(), (req, res) => {
    res.json({ name: req.cis2User.familyName, role: req.cis2User.selectedRole?.jobRole })
  })
  app.get('/strong', requireCis2({ aal: 3 }), (_req, res) => {
    res.json({})
  })
  app.get('/visits', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.json(req.session.visits)
  })
  return app
}

test('the versions are those that this run is about', () => {
  assert.equal(require('express/package.json').version.split('.')[0], EXPECT_EXPRESS)
  assert.equal(require('ioredis/package.json').version.split('.')[0], EXPECT_IOREDIS)
})

const stores = {
  memory: () => 'memory',
  'a Redis by address': () => REDIS_URL,
  'a client of ioredis': () => redis,
}

for (const [name, store] of Object.entries(stores)) {
  test(`a whole day at work, with sessions in ${name}`, async (t) => {
    const auth = cis2Auth(cis2.options({ aal: 2, session: { redis: store() } }))
    t.after(() => auth.close())
    const agent = request.agent(createApp(auth))
    assert.equal((await agent.get('/me')).status, 401)
    await cis2.signInAs(agent, 'Ngozi Okafor', { aal: 2 })
    assert.deepEqual((await agent.get('/me')).body, { name: 'Okafor', role: 'R8001' })
    await agent.get('/visits')
    assert.equal((await agent.get('/strong')).status, 401)
    await cis2.stepUp(agent)
    assert.equal((await agent.get('/strong')).status, 200)
    assert.equal((await agent.get('/visits')).body, 2)
    await cis2.removeSmartcard('Ngozi Okafor')
    assert.equal((await agent.get('/me')).status, 401)
  })
}
