/** What happens while nobody waits: exchanges after a sign-in. */
import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'
import { until } from '../../support/redis/redis-server.js'
import { startClinic } from './clinic.js'

describe("exchange: 'sign-in'", () => {
  let cis2: TestCis2

  beforeAll(async () => {
    cis2 = await startTestCis2({ nhsApi: true })
  })

  afterAll(() => cis2.stop())

  it('has the token there before it is used', async () => {
    const clinic = await startClinic(cis2, { options: { nhsApi: { exchange: 'sign-in' } } })
    const agent = await clinic.signedIn()
    await until(() => clinic.apiEvents().length > 0, 'it was exchanged')
    await agent.get('/patients/9000000009')
    expect([clinic.wire.count('exchange'), clinic.apiEvents()]).toEqual([1, ['obtained']])
    await clinic.close()
  })

  it('fails no sign-in, and the first use tries again', async () => {
    const clinic = await startClinic(cis2, { options: { nhsApi: { exchange: 'sign-in' } } })
    cis2.simulator.setFault('api-down')
    const agent = await clinic.signedIn()
    await until(() => clinic.apiEvents().length > 0, 'it was tried')
    cis2.simulator.clearFaults()
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect(clinic.apiEvents()).toEqual(['refused unavailable', 'obtained'])
    await clinic.close()
  })
})
