import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import express from 'express'
import express4 from 'express4'
import request from 'supertest'

import { cis2Auth, type Cis2Options } from '../../../src/index.js'
import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'
import { APP_KEY } from '../../support/app/start-app.js'
import { rejectionOf, thrownBy } from '../../support/thrown-by.js'
import { appUnderTest, listener, withRoutes } from './app-under-test.js'

let cis2: TestCis2

beforeAll(async () => {
  cis2 = await startTestCis2()
})

afterAll(() => cis2.stop())

/** Every authenticator of the cast may sign in. */
const ANY: Partial<Cis2Options> = { aal: 1 }

async function whoIs(agent: ReturnType<typeof request.agent>): Promise<Record<string, unknown>> {
  const answer = await agent.get('/me')
  return answer.body as Record<string, unknown>
}

describe('signInAs', () => {
  it('signs a persona in by name, with the strongest authenticator', async () => {
    const agent = request.agent(appUnderTest(cis2))
    expect((await agent.get('/me')).status).toBe(401)
    await cis2.signInAs(agent, 'Ngozi Okafor')
    expect(await whoIs(agent)).toMatchObject({
      sub: '555000000101',
      aal: 3,
      authenticator: 'smartcard',
      selectedRole: { jobRole: 'R8001' },
    })
  })

  it('signs a persona in by sub', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, '555000000102')
    expect(await whoIs(agent)).toMatchObject({ familyName: 'Ashdown' })
  })

  it('signs in at exactly the level that is asked for', async () => {
    const agent = request.agent(appUnderTest(cis2, { aal: 2 }))
    await cis2.signInAs(agent, 'Tom Ashdown', { aal: 2 })
    expect(await whoIs(agent)).toMatchObject({ aal: 2, authenticator: 'microsoft-authenticator' })
    await cis2.signInAs(agent, 'Tom Ashdown', { aal: 3 })
    expect(await whoIs(agent)).toMatchObject({ aal: 3, authenticator: 'windows-hello' })
  })

  it.each([
    ['the last part of a code', 'R8016', '555000010301'],
    ['a full code', 'S8000:G8000:R8001', '555000010302'],
    ['an id', '555000010303', '555000010303'],
    ['a code at an organisation', { code: 'R8008', organisation: 'RZZ99' }, '555000010303'],
  ])('selects a role by %s', async (_how, role, id) => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Priya Raman', { role })
    expect(await whoIs(agent)).toMatchObject({ selectedRole: { id } })
  })

  it('signs in somebody without a role', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Rosa Delgado')
    expect(await whoIs(agent)).not.toHaveProperty('selectedRole')
  })

  it('is asked for no role when the application asks CIS2 for none', async () => {
    const agent = request.agent(appUnderTest(cis2, { scopes: 'openid profile' }))
    await cis2.signInAs(agent, 'Priya Raman')
    expect(await whoIs(agent)).not.toHaveProperty('selectedRole')
  })

  it('replaces whoever was signed in on the agent', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    await cis2.signInAs(agent, 'Tom Ashdown')
    expect(await whoIs(agent)).toMatchObject({ familyName: 'Ashdown' })
  })

  it('replaces whoever was signed in also when the application would reuse a session of CIS2', async () => {
    const agent = request.agent(appUnderTest(cis2, { prompt: false }))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    await cis2.signInAs(agent, 'Tom Ashdown')
    expect(await whoIs(agent)).toMatchObject({ familyName: 'Ashdown' })
  })

  it('keeps two agents of one application apart', async () => {
    const app = appUnderTest(cis2)
    const [nurse, doctor] = [request.agent(app), request.agent(app)]
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    await cis2.signInAs(doctor, 'Tom Ashdown')
    expect(await whoIs(nurse)).toMatchObject({ familyName: 'Okafor' })
    expect(await whoIs(doctor)).toMatchObject({ familyName: 'Ashdown' })
  })

  it('signs in to an application on Express 4', async () => {
    const agent = request.agent(withRoutes(express4() as unknown as express.Express, cis2.options()))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    expect(await whoIs(agent)).toMatchObject({ familyName: 'Okafor' })
  })

  it('reports a sign-in to the audit stream as any other', async () => {
    const { events, onEvent } = listener()
    await cis2.signInAs(request.agent(appUnderTest(cis2, { onEvent })), 'Ngozi Okafor')
    expect(events.map(({ type }) => type)).toEqual(['sign-in.started', 'sign-in.succeeded'])
  })
})

describe('signInAs, with an agent of', () => {
  let server: Server

  beforeAll(async () => {
    server = createServer(appUnderTest(cis2))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterAll(() => {
    server.close()
  })

  it('a server that listens, signs in and tells it of a removed smartcard', async () => {
    const agent = request.agent(server)
    await cis2.signInAs(agent, 'Gwen Parry', { role: '555000010401' })
    expect((await agent.get('/me')).status).toBe(200)
    await cis2.removeSmartcard('Gwen Parry')
    expect((await agent.get('/me')).status).toBe(401)
  })

  it('an address, signs in and tells it of a removed smartcard', async () => {
    const agent = request.agent(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`)
    await cis2.signInAs(agent, 'Gwen Parry', { role: '555000010401' })
    expect((await agent.get('/me')).status).toBe(200)
    await cis2.removeSmartcard('Gwen Parry')
    expect((await agent.get('/me')).status).toBe(401)
  })
})

describe('options', () => {
  it('take another client authentication, and CIS2 knows its keys', async () => {
    const agent = request.agent(
      appUnderTest(cis2, { clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: APP_KEY }] } }),
    )
    await cis2.signInAs(agent, 'Ngozi Okafor')
    expect((await agent.get('/me')).status).toBe(200)
  })

  it('take signed UserInfo, other routes, a path below the origin and a client ID', async () => {
    const agent = request.agent(
      appUnderTest(cis2, {
        clientId: 'clinic',
        baseUrl: 'http://localhost:3000/clinic',
        routes: { login: '/in', callback: '/back', backChannelLogout: '/told', session: false },
        session: { idleTimeoutSeconds: 60 },
        userInfo: 'signed',
      }),
    )
    await cis2.signInAs(agent, 'Ngozi Okafor')
    await cis2.stepUp(agent)
    expect((await agent.get('/me')).status).toBe(200)
    await expect(cis2.removeSmartcard('Ngozi Okafor')).resolves.toContainEqual(
      expect.objectContaining({ clientId: 'clinic', status: 200 }),
    )
    expect((await agent.get('/me')).status).toBe(401)
  })

  it('are checked at once, like those of cis2Auth', () => {
    const misspelt: object = { bseUrl: 'http://localhost' }
    expect(thrownBy(() => cis2.options(misspelt))).toMatchObject({ code: 'CIS2_CONFIG' })
  })

  it.each(['issuer', 'environment', 'clock'])('leave %s to the kit', (name) => {
    const message = `options() sets ${name} itself: environment, issuer, clock are the test kit's.`
    expect(thrownBy(() => cis2.options({ [name]: 'int' }))).toMatchObject({ name: 'TestCis2Error', message })
  })
})

describe('a mistake in a test gets one clear sentence:', () => {
  const message = (error: unknown) => (error as Error).message

  it('somebody who does not exist', async () => {
    const agent = request.agent(appUnderTest(cis2))
    const error = await rejectionOf(cis2.signInAs(agent, 'Ngosi Okafor'))
    expect(message(error)).toMatch(/^Nobody is called "Ngosi Okafor"; did you mean "Ngozi Okafor"\? There are: Ngozi/)
  })

  it.each([
    ['Ngozi Okafor', 'R8000', 'Ngozi Okafor has no role "R8000", only R8001 at A99901 (555000010101).'],
    [
      'Ngozi Okafor',
      { code: 'R8001', organisation: 'RZZ99' },
      'Ngozi Okafor has no role "R8001" at "RZZ99", only R8001 at A99901 (555000010101).',
    ],
    ['Rosa Delgado', 'R8001', 'Rosa Delgado has no role at all.'],
    [
      'Gwen Parry',
      'R8001',
      'Gwen Parry has several roles "R8001"; say which by id, of R8001 at A99901 (555000010401), R8001 at RZZ99 (555000010402), R8001 at A99902 (555000010403).',
    ],
    [
      'Priya Raman',
      undefined,
      'Priya Raman has 3 roles; say which: { role: … }, of R8016 at RZZ99 (555000010301), R8001 at A99901 (555000010302), R8008 at RZZ99 (555000010303).',
    ],
  ])('a role that %s does not have or has not named (%j)', async (persona, role, sentence) => {
    const agent = request.agent(appUnderTest(cis2))
    const error = await rejectionOf(cis2.signInAs(agent, persona, role === undefined ? {} : { role }))
    expect(message(error)).toBe(sentence)
  })

  it('a role where the application asks for none', async () => {
    const agent = request.agent(appUnderTest(cis2, { scopes: 'openid profile' }))
    const error = await rejectionOf(cis2.signInAs(agent, 'Priya Raman', { role: 'R8016' }))
    expect(message(error)).toBe('Priya Raman is asked for no role: the application\'s scopes have no "selectedrole".')
  })

  it.each([
    [
      1,
      ANY,
      'Tom Ashdown has no authenticator that reaches AAL1, only windows-hello (AAL3) and microsoft-authenticator (AAL2).',
    ],
    [
      2,
      {},
      'Tom Ashdown cannot sign in at AAL2 with windows-hello (AAL3) and microsoft-authenticator (AAL2): the application asks CIS2 for AAL3_ANY, which its option "aal" decides.',
    ],
  ] as const)('AAL%s, which the persona or the application cannot do', async (aal, overrides, sentence) => {
    const agent = request.agent(appUnderTest(cis2, overrides))
    expect(message(await rejectionOf(cis2.signInAs(agent, 'Tom Ashdown', { aal })))).toBe(sentence)
  })

  it('somebody too weak for the application', async () => {
    const agent = request.agent(appUnderTest(cis2))
    expect(message(await rejectionOf(cis2.signInAs(agent, 'Idris Cole')))).toBe(
      'Idris Cole cannot sign in with nhs-net-connect (AAL2): the application asks CIS2 for AAL3_ANY, which its option "aal" decides.',
    )
  })

  it('a refusal of the application, with its code and reason', async () => {
    const agent = request.agent(appUnderTest(cis2))
    expect(await rejectionOf(cis2.signInAs(agent, 'Kit Barlow'))).toMatchObject({
      message: 'The application refused the sign-in of Kit Barlow: 403 CIS2_SIGN_IN_REFUSED (identity-assurance).',
      answer: { status: 403, code: 'CIS2_SIGN_IN_REFUSED', reason: 'identity-assurance' },
    })
  })

  it('a refusal that a fault of the simulator brings about', async () => {
    const agent = request.agent(appUnderTest(cis2))
    cis2.simulator.setFault('nonce-wrong')
    const error = await rejectionOf(cis2.signInAs(agent, 'Ngozi Okafor'))
    cis2.simulator.clearFaults()
    expect(error).toMatchObject({ answer: { status: 400, code: 'CIS2_SIGN_IN_REFUSED', reason: 'nonce' } })
  })

  it('a refusal of CIS2, with its true reason', async () => {
    const app = express().use(cis2Auth({ ...cis2.options(), routes: { callback: '/elsewhere' } }))
    const error = await rejectionOf(cis2.signInAs(request.agent(app), 'Ngozi Okafor'))
    expect(message(error)).toMatch(/^CIS2 refused: redirect_uri/)
  })

  it.each([
    ['request(app)', request(express())],
    ['an object', {}],
    ['nothing', undefined],
  ])('%s in place of an agent', async (_what, agent) => {
    const error = await rejectionOf(cis2.signInAs(agent as ReturnType<typeof request.agent>, 'Ngozi Okafor'))
    expect(message(error)).toBe(
      'The first argument must be a supertest agent, which keeps cookies: request.agent(app), not request(app).',
    )
  })

  it('an application without cis2Auth', async () => {
    cis2.options()
    const error = await rejectionOf(cis2.signInAs(request.agent(express()), 'Ngozi Okafor'))
    expect(error).toMatchObject({
      message: 'GET /login began no sign-in (is cis2Auth(cis2.options()) mounted?): 404.',
      answer: { status: 404 },
    })
  })

  it('an application that signs in elsewhere', async () => {
    const app = express().get('/login', (_req, res) => {
      res.redirect('https://somewhere.example/')
    })
    const error = await rejectionOf(cis2.signInAs(request.agent(app), 'Ngozi Okafor'))
    expect(message(error)).toBe('GET /login leads to https://somewhere.example: give cis2Auth the result of options().')
  })

  it('a sign-in before anybody asked for options', async () => {
    const fresh = await startTestCis2()
    const error = await rejectionOf(fresh.signInAs(request.agent(express()), 'Ngozi Okafor'))
    await fresh.stop()
    expect(message(error)).toBe('Nobody can sign in yet: give cis2Auth the result of options().')
  })

  it('an application that never gets ready', async () => {
    const fresh = await startTestCis2()
    const agent = request.agent(appUnderTest(fresh, { fetch: () => Promise.reject(new TypeError('no route')) }))
    const error = await rejectionOf(fresh.signInAs(agent, 'Ngozi Okafor'))
    await fresh.stop()
    expect(error).toMatchObject({ answer: { status: 503, code: 'CIS2_PROVIDER_UNAVAILABLE' } })
  })
})
