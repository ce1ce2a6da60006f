/** Limits, asked whether honest users reach them. */
import express from 'express'
import { Redis } from 'ioredis'
import request from 'supertest'

import { cis2Auth, requireCis2 } from '../../src/index.js'
import { theCast } from '../../src/simulator/index.js'
import { startTestCis2 } from '../../src/testing/index.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'
import { manyRoles } from '../support/many-roles.js'

const KEY_PREFIX = 'limits:'

describe('FIELD-29 somebody with 300 roles of 25 activities', () => {
  const { roles, organisations } = manyRoles(300)
  const selected = roles[211]
  let provider: ScriptedProvider
  let app: TestApp
  let redis: Redis

  beforeAll(async () => {
    provider = await ScriptedProvider.start()
    app = await startApp({
      provider,
      options: { session: { redis: process.env.REDIS_URL, keyPrefix: KEY_PREFIX } },
      after(server) {
        server.get('/activity', requireCis2({ activities: selected?.activity_codes?.slice(-1) ?? [] }), (_req, res) => {
          res.json({ ok: true })
        })
      },
    })
    redis = new Redis(String(process.env.REDIS_URL))
  })

  afterAll(async () => {
    redis.disconnect()
    await app.stop()
    await provider.stop()
  })

  /** Bytes of a session's fields that come from the store with every guarded request. */
  async function bytesRead(): Promise<number> {
    const keys = await redis.keys(`${KEY_PREFIX}*:s:*`)
    const fields = await Promise.all(keys.flatMap((key) => ['m', 'u', 'a'].map((field) => redis.hstrlen(key, field))))
    await redis.del(keys)
    return fields.reduce((sum, bytes) => sum + bytes, 0)
  }

  it.each([
    { userInfo: 'as JSON', signed: false },
    { userInfo: 'signed', signed: true },
  ])('signs in, is guarded by her selected role, and is whole, with UserInfo $userInfo', async ({ signed }) => {
    provider.reset()
    provider.signsUserInfo = signed
    provider.person = {
      ...NURSE,
      userInfo: { ...NURSE.userInfo, nhsid_nrbac_roles: roles, nhsid_user_orgs: organisations },
    }
    provider.script.idTokenClaims = (honest) => ({ ...honest, selected_roleid: selected?.person_roleid })
    const browser = await app.signedIn()
    expect((await browser.request(`${app.baseUrl}/activity`)).status).toBe(200)
    const user = await app.whoAmI(browser)
    expect(user?.selectedRole).toMatchObject({
      id: selected?.person_roleid,
      organisation: { name: 'SURGERY OF A00211' },
    })
    expect(user?.roles).toHaveLength(300)
    expect(user?.roles).toContainEqual(user?.selectedRole)
    const activities = (user?.selectedRole as { activities: { code: string; name: string }[] }).activities
    expect(activities.map(({ code }) => code)).toEqual(selected?.activity_codes)
    expect(activities.map(({ name }) => name)).toEqual(selected?.activities)
    // Version 0.1.0 read 64 KB of somebody with 40 such roles, and 7 KB of a nurse.
    expect(await bytesRead()).toBeLessThan(16 * 1024)
  })
})

it('FIELD-29 somebody with 300 roles signs in at the simulator too', async () => {
  const { roles, organisations } = manyRoles(300)
  const [nurse] = theCast()
  if (nurse === undefined) throw new Error('the cast is empty')
  const cis2 = await startTestCis2({ users: [{ ...nurse, roles, organisations }] })
  const app = express().use(cis2Auth(cis2.options()))
  app.get('/role', requireCis2(), (req, res) => {
    res.json({ id: req.cis2User?.selectedRole?.id, of: req.cis2User?.roles.length })
  })
  const agent = request.agent(app)
  await cis2.signInAs(agent, nurse.name, { role: roles[299]?.person_roleid ?? '' })
  expect((await agent.get('/role')).body).toEqual({ id: roles[299]?.person_roleid, of: 300 })
  await cis2.stop()
})

it('FIELD-29 a page with an address of 2,048 bytes is come back to', async () => {
  const provider = await ScriptedProvider.start()
  const app = await startApp({ provider })
  const page = `/search?${new URLSearchParams({ q: 'a b&c=é', filter: 'x'.repeat(3000) }).toString()}`.slice(0, 2048)
  const answer = await app.signIn(app.browser(), `/login?${new URLSearchParams({ returnTo: page }).toString()}`)
  expect(answer).toMatchObject({ status: 303, location: app.baseUrl + page })
  await app.stop()
  await provider.stop()
})
