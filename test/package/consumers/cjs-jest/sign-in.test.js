// A CommonJS project with Jest as it comes: no configuration, no transform, no flag.
const request = require('supertest')
const { isCis2Error } = require('express-cis2')
const { startSimulator } = require('express-cis2/simulator')
const { aUser, fakeCis2Auth, startTestCis2 } = require('express-cis2/testing')

const { createApp } = require('./app')

describe('an application', () => {
  let cis2

  beforeAll(async () => {
    cis2 = await startTestCis2()
  })

  afterAll(() => cis2.stop())

  test('signs a user in', async () => {
    const agent = request.agent(createApp(cis2.options()))
    expect((await agent.get('/me')).status).toBe(401)
    await cis2.signInAs(agent, 'Ngozi Okafor')
    expect((await agent.get('/me')).body).toEqual({ name: 'Okafor', aal: 3 })
    await cis2.removeSmartcard('Ngozi Okafor')
    expect((await agent.get('/me')).status).toBe(401)
  })

  test('signs in with a key of its own', async () => {
    const { privateKey } = require('node:crypto').generateKeyPairSync('rsa', { modulusLength: 2048 })
    const clientAuthentication = { method: 'private_key_jwt', keys: [{ privateKey }] }
    const agent = request.agent(createApp(cis2.options({ clientAuthentication })))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    expect((await agent.get('/me')).status).toBe(200)
  })

  test('recognises errors by code', () => {
    let error
    try {
      aUser({ rol: 'R8001' })
    } catch (thrown) {
      error = thrown
    }
    expect(isCis2Error(error)).toBe(true)
  })
})

test('a unit test needs no CIS2', async () => {
  const app = require('express')().use(fakeCis2Auth(aUser({ name: 'Ada Own' })))
  app.get('/me', require('express-cis2').requireCis2(), (req, res) => res.send(req.cis2User.name))
  expect((await request(app).get('/me')).text).toBe('Ada Own')
})

test('the simulator starts, with TLS too', async () => {
  const simulator = await startSimulator({ https: true })
  expect(simulator.url).toMatch(/^https:/)
  await simulator.stop()
}, 20_000)
