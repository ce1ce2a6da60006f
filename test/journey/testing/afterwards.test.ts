import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import express from 'express'
import request from 'supertest'

import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'
import { rejectionOf, thrownBy } from '../../support/thrown-by.js'
import { appUnderTest, listener, withRoutes } from './app-under-test.js'

let cis2: TestCis2

beforeAll(async () => {
  cis2 = await startTestCis2()
})

afterAll(() => cis2.stop())

const message = (error: unknown) => (error as Error).message

describe('stepUp', () => {
  it('brings the user who is signed in to AAL3, in the same role', async () => {
    const { events, onEvent } = listener()
    const agent = request.agent(appUnderTest(cis2, { aal: 2, onEvent }))
    await cis2.signInAs(agent, 'Tom Ashdown', { aal: 2 })
    expect((await agent.get('/strong')).status).toBe(401)
    await cis2.stepUp(agent)
    expect((await agent.get('/strong')).status).toBe(200)
    expect(events.at(-1)).toMatchObject({ type: 'step-up.succeeded', sub: '555000000102', aal: 3 })
  })

  it('makes an old authentication fresh', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    cis2.advance(61)
    expect((await agent.get('/fresh')).status).toBe(401)
    await cis2.stepUp(agent)
    expect((await agent.get('/fresh')).status).toBe(200)
  })

  it('says so when the user has nothing that reaches AAL3', async () => {
    const agent = request.agent(appUnderTest(cis2, { aal: 2 }))
    await cis2.signInAs(agent, 'Idris Cole')
    expect(message(await rejectionOf(cis2.stepUp(agent)))).toBe(
      'Idris Cole has no authenticator that reaches AAL3, only nhs-net-connect (AAL2).',
    )
  })
})

describe('changeRole', () => {
  it('changes the role of the user who is signed in', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Priya Raman', { role: 'R8016' })
    await cis2.changeRole(agent, 'R8001')
    expect((await agent.get('/me')).body).toMatchObject({ selectedRole: { jobRole: 'R8001' } })
  })

  it('says so when the user does not have the role', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    expect(message(await rejectionOf(cis2.changeRole(agent, 'R8000')))).toBe(
      'Ngozi Okafor has no role "R8000", only R8001 at A99901 (555000010101).',
    )
  })

  it('says so when the application has no such route', async () => {
    const agent = request.agent(appUnderTest(cis2, { routes: { changeRole: false } }))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    expect(message(await rejectionOf(cis2.changeRole(agent, 'R8001')))).toBe(
      'The application\'s options switch the route "changeRole" off.',
    )
  })
})

describe('stepUp and changeRole', () => {
  it('say so when nobody has signed in on the agent', async () => {
    const agent = request.agent(appUnderTest(cis2))
    const sentence = 'Nobody has signed in on this agent: call signInAs(agent, persona) first.'
    expect(message(await rejectionOf(cis2.stepUp(agent)))).toBe(sentence)
    expect(message(await rejectionOf(cis2.changeRole(agent, 'R8001')))).toBe(sentence)
  })

  it('say so when the session has ended meanwhile, and why', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    cis2.advance(901)
    expect(message(await rejectionOf(cis2.stepUp(agent)))).toBe(
      'Ngozi Okafor is no longer signed in on this agent (idle): call signInAs first.',
    )
  })

  it('say so when the user has signed out', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    await agent.post('/logout')
    expect(message(await rejectionOf(cis2.stepUp(agent)))).toBe(
      'Ngozi Okafor is no longer signed in on this agent: call signInAs first.',
    )
  })
})

describe('removeSmartcard', () => {
  it('ends the sessions of that user in every application, and of nobody else', async () => {
    const [first, second] = [appUnderTest(cis2), appUnderTest(cis2)]
    const [one, other, doctor] = [request.agent(first), request.agent(second), request.agent(second)]
    await cis2.signInAs(one, 'Owen Mbeki')
    await cis2.signInAs(other, 'Owen Mbeki')
    await cis2.signInAs(doctor, 'Tom Ashdown')
    const deliveries = await cis2.removeSmartcard('Owen Mbeki')
    expect(deliveries.map(({ status }) => status)).toEqual([200, 200])
    expect((await one.get('/me')).status).toBe(401)
    expect((await other.get('/me')).status).toBe(401)
    expect((await doctor.get('/me')).status).toBe(200)
  })

  it('reaches each of several instances of one application', async () => {
    const options = cis2.options()
    const agents = [request.agent(withRoutes(express(), options)), request.agent(withRoutes(express(), options))]
    for (const agent of agents) await cis2.signInAs(agent, 'Femi Adeyemi')
    await cis2.removeSmartcard('Femi Adeyemi')
    for (const agent of agents) expect((await agent.get('/me')).status).toBe(401)
  })

  it('tells what the application answered to a logout token that is spoilt', async () => {
    const { events, onEvent } = listener()
    const agent = request.agent(appUnderTest(cis2, { onEvent }))
    await cis2.signInAs(agent, 'Lena Fischer')
    cis2.simulator.setFault('logout-token-forged')
    const deliveries = await cis2.removeSmartcard('Lena Fischer')
    cis2.simulator.clearFaults()
    expect(deliveries.map(({ status }) => status)).toEqual([400])
    expect(events.at(-1)?.type).toBe('back-channel-logout.refused')
    expect((await agent.get('/me')).status).toBe(200)
  })

  it('says so when the persona has none', async () => {
    expect(message(await rejectionOf(cis2.removeSmartcard('Idris Cole')))).toBe(
      'Idris Cole has no smartcard, only nhs-net-connect.',
    )
  })

  it('says so when no application is told', async () => {
    const agent = request.agent(appUnderTest(cis2, { routes: { backChannelLogout: false } }))
    await cis2.signInAs(agent, 'Dylan Pryce-Jones')
    expect(message(await rejectionOf(cis2.removeSmartcard('Dylan Pryce-Jones')))).toBe(
      'No application was told: Dylan Pryce-Jones is not signed in with a smartcard, or the option routes.backChannelLogout is false.',
    )
  })
})

describe('advance', () => {
  it('moves the clock of the application, to the second', async () => {
    const agent = request.agent(appUnderTest(cis2))
    await cis2.signInAs(agent, 'Ngozi Okafor')
    cis2.advance(899)
    expect((await agent.get('/me')).status).toBe(200)
    cis2.advance(900)
    expect((await agent.get('/me')).status).toBe(401)
  })

  it.each([-1, NaN, Infinity, 'a while'])('takes no %s', (seconds) => {
    function advance(): void {
      cis2.advance(seconds as number)
    }
    expect(message(thrownBy(advance))).toBe(`advance() takes a number of seconds, 0 or more; not ${String(seconds)}.`)
  })
})

describe('a test CIS2', () => {
  it('has the people it is given', async () => {
    const [ngozi] = cis2.simulator.users
    const own = await startTestCis2({
      users: [{ ...structuredClone(ngozi), name: 'Ada Own' } as NonNullable<typeof ngozi>],
    })
    const agent = request.agent(appUnderTest(own))
    await own.signInAs(agent, 'Ada Own')
    await own.stop()
    expect((await agent.get('/me')).status).toBe(200)
  })

  it('says at the base URL what is to be found there', async () => {
    const { baseUrl } = cis2.options()
    const answers = await Promise.all(['/', '/app/99/me', '/back-channel/99'].map((path) => fetch(baseUrl + path)))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    expect(await answers[0]?.text()).toMatch(/^This is the base URL of an application under test\./)
  })

  it('answers a logout token 502 when the application is gone, and 503 when nobody has signed in to it', async () => {
    const { baseUrl } = cis2.options()
    const count = cis2.simulator.clients.length
    expect((await fetch(`${baseUrl}/back-channel/${String(count - 1)}`, { method: 'POST' })).status).toBe(503)
    const server = appUnderTest(cis2).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const agent = request.agent(`http://127.0.0.1:${String((server.address() as { port: number }).port)}`)
    await cis2.signInAs(agent, 'Harold Stone', { role: 'R8008' })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    const deliveries = await cis2.removeSmartcard('Harold Stone')
    expect(deliveries.map(({ status }) => status)).toEqual([502])
  })

  it('can be stopped twice', async () => {
    const own = await startTestCis2()
    await own.stop()
    await expect(own.stop()).resolves.toBeUndefined()
  })
})
