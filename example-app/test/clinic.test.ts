/** The clinic's own tests, as your application's would be: real sign-ins with the test kit, no network, no browser. */
import type { Express } from 'express'
import { cis2Auth } from 'express-cis2'
import type { Cis2Auth, Cis2Event } from 'express-cis2'
import { startTestCis2 } from 'express-cis2/testing'
import type { TestCis2 } from 'express-cis2/testing'
import request from 'supertest'

import { createClinic } from '../src/app.js'
import { decisions } from '../src/sign-in.js'

/** Signs in at AAL3, without a role. */
const NO_ROLE = 'Rosa Delgado'
const PRESCRIPTION = { medicine: 'Ramipril 2.5mg capsules', directions: 'Take one capsule once a day' }

let cis2: TestCis2
let auth: Cis2Auth
let clinic: Express
const events: Cis2Event[] = []

beforeAll(async () => {
  cis2 = await startTestCis2({ nhsApi: true })
  // The clinic's own decisions; the kit supplies what the environment would.
  const options = cis2.options({ ...decisions, onEvent: (event) => events.push(event) })
  auth = cis2Auth(options)
  clinic = createClinic({ auth, baseUrl: options.baseUrl, hasNhsApi: true })
  await auth.ready()
})

afterAll(async () => {
  await auth.close()
  await cis2.stop()
})

/** A browser: keeps cookies, asks for pages. */
const browser = () => request.agent(clinic).set('Accept', 'text/html')

describe('the patient list', () => {
  it('sends a visitor to sign in', async () => {
    const answer = await browser().get('/patients').expect(302)
    expect(answer.headers.location).toBe('/login?returnTo=%2Fpatients')
  })

  it('is for everybody who has signed in, also at AAL2', async () => {
    const receptionist = browser()
    await cis2.signInAs(receptionist, 'Idris Cole')
    const { text, headers } = await receptionist.get('/patients').expect(200)
    expect(text).toContain('Margaret Holloway')
    expect(headers['cache-control']).toBe('no-store')
  })
})

describe('the national record', () => {
  afterEach(() => {
    cis2.simulator.clearFaults()
  })

  it('shows what the NHS has of the patient, to a nurse at AAL3', async () => {
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    expect((await nurse.get('/patients/1')).text).toContain('href="/patients/1/national-record"')
    const { text } = await nurse.get('/patients/1/national-record').expect(200)
    expect(text).toContain('Pat Example')
    expect(cis2.simulator.requests.at(-1)?.path).toContain('/Patient/9990000018')
    await nurse.get('/patients/99/national-record').expect(404)
  })

  it('asks for AAL3 first, and is not for somebody without a role', async () => {
    const doctor = browser()
    await cis2.signInAs(doctor, 'Tom Ashdown', { aal: 2 })
    const { headers } = await doctor.get('/patients/1/national-record').expect(302)
    expect(headers.location).toBe('/login?aal=3&returnTo=%2Fpatients%2F1%2Fnational-record')
    const rosa = browser()
    await cis2.signInAs(rosa, NO_ROLE)
    await rosa.get('/patients/1/national-record').expect(403)
  })

  it.each([
    ['api-down', 503, 'does not answer at the moment'],
    ['api-not-approved', 502, 'refused to show this record'],
  ] as const)('says what is the matter with %s, and leaves everybody signed in', async (fault, status, words) => {
    const error = jest.spyOn(console, 'error').mockImplementation(() => undefined)
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    cis2.simulator.setFault(fault)
    const { text } = await nurse.get('/patients/1/national-record').expect(status)
    expect(text).toContain(words)
    await nurse.get('/patients').expect(200)
    expect(error).toHaveBeenCalledTimes(1)
    error.mockRestore()
  })

  it('sends a user whose sign-in is too old for a token to sign in again, and back', async () => {
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    for (let quarter = 0; quarter < 5; quarter += 1) {
      cis2.advance(800)
      await nurse.get('/patients').expect(200)
    }
    const { headers } = await nurse.get('/patients/1/national-record').expect(303)
    expect(headers.location).toBe('/login?maxAge=300&returnTo=%2Fpatients%2F1%2Fnational-record')
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    await nurse.get('/patients/1/national-record').expect(200)
  })
})

describe('the prescription form', () => {
  it("is not for a nurse's role", async () => {
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    const { text } = await nurse.get('/patients/1/prescribe').expect(403)
    expect(text).toContain('Your role cannot use this page')
    await nurse.post('/patients/1/prescribe').type('form').send(PRESCRIPTION).expect(403)
  })

  it('asks a prescriber at AAL2 to step up, and lets him through when he has', async () => {
    const doctor = browser()
    await cis2.signInAs(doctor, 'Tom Ashdown', { aal: 2 })
    const { headers } = await doctor.get('/patients/2/prescribe').expect(302)
    expect(headers.location).toBe('/login?aal=3&returnTo=%2Fpatients%2F2%2Fprescribe')
    await doctor.post('/patients/2/prescribe').type('form').send(PRESCRIPTION).expect(401)
    await cis2.stepUp(doctor)
    await doctor.get('/patients/2/prescribe').expect(200)
  })

  it('records what a prescriber sends, under the prescriber’s name, and says so once', async () => {
    const doctor = browser()
    await cis2.signInAs(doctor, 'Tom Ashdown')
    await doctor
      .post('/patients/2/prescribe')
      .type('form')
      .send(PRESCRIPTION)
      .expect(303)
      .expect('Location', '/patients/2')
    const { text } = await doctor.get('/patients/2').expect(200)
    expect(text).toContain('Ramipril 2.5mg capsules prescribed')
    expect(text).toContain('Ashdown')
    expect((await doctor.get('/patients/2').expect(200)).text).not.toContain('Ramipril 2.5mg capsules prescribed')
  })

  it.each([
    [{ ...PRESCRIPTION, medicine: 'Tea' }, 'Select a medicine'],
    [{ ...PRESCRIPTION, directions: ' ' }, 'Enter directions for the patient'],
    [{ ...PRESCRIPTION, directions: 'x'.repeat(201) }, 'Directions must be 200 characters or less'],
  ])('shows what is wrong with %o', async (form, mistake) => {
    const doctor = browser()
    await cis2.signInAs(doctor, 'Tom Ashdown')
    const { text } = await doctor.post('/patients/3/prescribe').type('form').send(form).expect(422)
    expect(text).toContain(mistake)
    expect((await doctor.get('/patients/3')).text).toContain('None yet.')
  })

  it('shows a message of the user as text', async () => {
    const doctor = browser()
    await cis2.signInAs(doctor, 'Tom Ashdown')
    const directions = '<script>alert(1)</script>'
    await doctor
      .post('/patients/4/prescribe')
      .type('form')
      .send({ ...PRESCRIPTION, directions })
      .expect(303)
    expect((await doctor.get('/patients/4')).text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })
})

describe('who am I', () => {
  it('shows the selected role, and follows a change of role', async () => {
    const midwife = browser()
    await cis2.signInAs(midwife, 'Priya Raman', { role: 'R8016' })
    expect((await midwife.get('/who-am-i').expect(200)).text).toContain('Midwife Access Role (R8016)')
    await cis2.changeRole(midwife, 'R8001')
    expect((await midwife.get('/who-am-i').expect(200)).text).toContain('Nurse Access Role (R8001)')
  })

  it('says what a user without a role is', async () => {
    const nobodysRole = browser()
    await cis2.signInAs(nobodysRole, 'Rosa Delgado')
    expect((await nobodysRole.get('/who-am-i').expect(200)).text).toContain('No role selected')
    expect((await nobodysRole.get('/').expect(200)).text).toContain('You have no role')
  })
})

describe('a session of the clinic', () => {
  it('ends when the smartcard is taken out, and the browser is told why', async () => {
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    await cis2.removeSmartcard('Ngozi Okafor')
    await nurse.get('/patients').expect(302)
    await nurse.get('/session').expect(200, { signedIn: false, reason: 'back-channel' })
    expect((await nurse.get('/signed-out?reason=back-channel').expect(200)).text).toContain('You have been signed out')
  })

  it('ends after fifteen minutes without a request, and not before', async () => {
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    cis2.advance(899)
    await nurse.get('/patients').expect(200)
    cis2.advance(900)
    await nurse.get('/patients').expect(302)
  })

  it('ends at sign-out, which leads to a page that says so', async () => {
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    await nurse.post('/logout').expect(303).expect('Location', '/signed-out')
    expect((await nurse.get('/signed-out').expect(200)).text).toContain('You have signed out')
    await nurse.get('/patients').expect(302)
    expect(events.at(-1)).toMatchObject({ type: 'session.ended', reason: 'sign-out' })
  })

  it('is not ended by another website', async () => {
    const nurse = browser()
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    const { text } = await nurse.post('/logout').set('Sec-Fetch-Site', 'cross-site').expect(403)
    expect(text).toContain('This request did not come from the clinic')
    await nurse.get('/patients').expect(200)
    await nurse.get('/signed-out').expect(303).expect('Location', '/')
  })
})

describe('where you are signed in', () => {
  it('lists every session, and signs out the one that is chosen', async () => {
    const [here, there] = [browser(), browser()]
    await cis2.signInAs(here, 'Ngozi Okafor')
    cis2.advance(60)
    await cis2.signInAs(there, 'Ngozi Okafor')
    const { text } = await here.get('/where-you-are-signed-in').expect(200)
    const ids = [...text.matchAll(/name="id" value="([0-9a-f]{32})"/g)].map(([, id]) => id)
    // Newest first; other tests have left theirs.
    expect(ids.length).toBeGreaterThan(0)
    await here.post('/where-you-are-signed-in').type('form').send({ id: ids[0] }).expect(303)
    await there.get('/patients').expect(302)
    await here.get('/patients').expect(200)
  })

  it("ends nobody else's", async () => {
    const [nurse, doctor] = [browser(), browser()]
    await cis2.signInAs(nurse, 'Ngozi Okafor')
    await cis2.signInAs(doctor, 'Idris Cole')
    const [{ id } = { id: '' }] = await auth.listSessions({ sub: (await nurseOf(nurse)).sub })
    await doctor.post('/where-you-are-signed-in').type('form').send({ id }).expect(303)
    await nurse.get('/patients').expect(200)
  })

  async function nurseOf(agent: ReturnType<typeof browser>): Promise<{ sub: string }> {
    const { text } = await agent.get('/who-am-i').expect(200)
    return { sub: /555\d{9}/.exec(text)?.[0] ?? '' }
  }
})
