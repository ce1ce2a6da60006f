/** From signed in to NHS APIs: a real sign-in, the simulated platform, and an API behind it. */
import express, { type Express } from 'express'
import request from 'supertest'

import { cis2Auth, requireCis2, type Cis2Event, type Cis2Auth, isCis2Error } from '../../../src/index.js'
import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'

const PATIENT = '/personal-demographics/FHIR/R4/Patient/9000000009'
const NURSE = 'Ngozi Okafor'

let cis2: TestCis2

beforeAll(async () => {
  cis2 = await startTestCis2({ nhsApi: true })
})

afterAll(() => cis2.stop())

afterEach(() => {
  cis2.simulator.clearFaults()
})

interface Started {
  readonly app: Express
  readonly auth: Cis2Auth
  readonly events: Cis2Event[]
}

function start(overrides: Parameters<TestCis2['options']>[0] = {}): Started {
  const events: Cis2Event[] = []
  const auth = cis2Auth(cis2.options({ onEvent: (event) => events.push(event), ...overrides }))
  const app = express().use(auth)
  app.get('/patients/:id', requireCis2(), async (req, res) => {
    try {
      const answer = await req.cis2.nhsApi.fetch(`/personal-demographics/FHIR/R4/Patient/${String(req.params.id)}`)
      res.status(answer.status).json(await answer.json())
    } catch (error) {
      if (!isCis2Error(error)) throw error
      res
        .status(error.status)
        .json({ code: error.code, reason: 'reason' in error ? error.reason : undefined, message: error.message })
    }
  })
  return { app, auth, events }
}

const callsOf = (path: string) => cis2.simulator.requests.filter((entry) => entry.path.startsWith(path))

describe('req.cis2.nhsApi', () => {
  it('fetches a patient as the user, in her role', async () => {
    const { app, events } = start()
    const agent = request.agent(app)
    await cis2.signInAs(agent, NURSE)
    const answer = await agent.get('/patients/9000000009')
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ id: '9000000009' })])
    expect(callsOf(PATIENT).at(-1)?.status).toBe(200)
    expect(events.filter(({ type }) => type.startsWith('api-token'))).toEqual([
      expect.objectContaining({ type: 'api-token.obtained' }),
    ])
  })
})
