// Its test: CommonJS, in the same process. Each loads its own copy of the package, and they must meet.
const assert = require('node:assert/strict')
const { cpSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')

const express = require('express')
const commonJs = require('express-cis2')
const { aUser, fakeCis2Auth, startTestCis2 } = require('express-cis2/testing')
const request = require('supertest')

const installed = join(__dirname, 'node_modules')
cpSync(join(installed, 'express-cis2'), join(installed, 'second-copy'), { recursive: true })

test('what is required and what is imported is one', async () => {
  const imported = await import('express-cis2')
  assert.deepEqual(Object.keys(imported).sort(), Object.keys(commonJs).sort())
  for (const name of Object.keys(commonJs)) assert.equal(imported[name], commonJs[name])
})

test('the two copies are two', async () => {
  const { cis2 } = await import('./app.mjs')
  assert.notEqual(cis2.requireCis2, commonJs.requireCis2)
})

test('the CommonJS kit signs in to the ES module application', async (t) => {
  const { createApp } = await import('./app.mjs')
  const cis2 = await startTestCis2()
  t.after(() => cis2.stop())
  const agent = request.agent(createApp(undefined, cis2.options()))
  await cis2.signInAs(agent, 'Ngozi Okafor')
  assert.deepEqual((await agent.get('/me')).body, { name: 'Okafor' })
})

test('the guard of one copy understands the middleware of the other, both ways', async () => {
  const { createApp, cis2 } = await import('./app.mjs')
  const nurse = aUser({ familyName: 'Own' })
  assert.deepEqual((await request(createApp(fakeCis2Auth(nurse))).get('/me')).body, { name: 'Own' })
  assert.equal((await request(createApp(fakeCis2Auth(aUser({ aal: 2 })))).get('/me')).status, 401)

  const modules = await import('second-copy/testing')
  const app = express()
    .use(modules.fakeCis2Auth(nurse))
    .get('/me', commonJs.requireCis2(), (req, res) => res.send(commonJs.cis2UserOf(req).familyName))
    .get('/doctors', cis2.requireCis2({ roles: ['R8000'] }))
  assert.equal((await request(app).get('/me')).text, 'Own')
  assert.equal((await request(app).get('/doctors')).status, 403)
})

test('errors of one copy are recognised by the other, by code', async () => {
  const { cis2 } = await import('./app.mjs')
  const error = new cis2.ForbiddenError()
  assert.equal(error instanceof commonJs.ForbiddenError, false)
  assert.equal(commonJs.isCis2Error(error), true)
  assert.equal(error.code, 'CIS2_FORBIDDEN')
})

test('the middleware of one copy answers the errors of the other', async () => {
  const modules = await import('second-copy/testing')
  const app = express()
    .use(modules.fakeCis2Auth(undefined, { errors: 'next' }))
    .get('/me', commonJs.requireCis2())
    .use((error, _req, res, _next) => res.status(error.status).send(`${error.code} ${commonJs.isCis2Error(error)}`))
  assert.equal((await request(app).get('/me')).text, 'CIS2_NOT_SIGNED_IN true')
})
