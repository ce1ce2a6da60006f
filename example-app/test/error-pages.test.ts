/** Refusals and faults in the clinic's look; who is signed in is decided by the test, so nothing has to be started. */
import type { Cis2User } from 'express-cis2'
import { aUser, fakeCis2Auth } from 'express-cis2/testing'
import request from 'supertest'

import { createClinic } from '../src/app.js'

const BASE_URL = 'http://127.0.0.1'

const clinicOf = (user?: Cis2User) =>
  request(createClinic({ auth: fakeCis2Auth(user, { errors: 'next' }), baseUrl: BASE_URL }))

const prescriber = aUser({ role: 'R8000' })

describe('an error page of the clinic', () => {
  it('comes with the headers of every page', async () => {
    const { headers } = await clinicOf(aUser()).get('/patients/1/prescribe').set('Accept', 'text/html').expect(403)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("form-action 'self'")
    expect(headers['cache-control']).toBe('no-store')
  })

  it('leads back to the form that was refused, and only to pages of the clinic', async () => {
    const send = (referer: string) =>
      clinicOf().post('/patients/1/prescribe').set({ Accept: 'text/html', Referer: referer }).expect(401)
    expect((await send(`${BASE_URL}/patients/1/prescribe`)).text).toContain(
      '/login?returnTo=%2Fpatients%2F1%2Fprescribe',
    )
    expect((await send('https://another.example/patients/1/prescribe')).text).toContain('/login?returnTo=%2F"')
    expect((await send('none')).text).toContain('/login?returnTo=%2F"')
  })

  it('offers a change of role to those who have another one', async () => {
    const page = (user: Cis2User) => clinicOf(user).get('/patients/1/prescribe').set('Accept', 'text/html').expect(403)
    const several = aUser({ role: 'R8001', roles: ['R8001', 'R8016'] })
    expect((await page(several)).text).toContain('/change-role?returnTo=')
    expect((await page(aUser({ role: 'R8001' }))).text).not.toContain('/change-role?returnTo=')
  })

  it('is a few fields of JSON for a script', async () => {
    const answer = await clinicOf().post('/patients/1/prescribe').set('Accept', 'application/json').expect(401)
    expect(answer.body).toMatchObject({ status: 401, code: 'CIS2_NOT_SIGNED_IN' })
  })

  it('answers an address or a patient that does not exist', async () => {
    for (const path of ['/no-such-page', '/patients/99', '/patients/99/prescribe', '/patients/%zz']) {
      const { text } = await clinicOf(prescriber).get(path).set('Accept', 'text/html')
      expect(text).not.toContain('Error:')
      expect(text).toContain('Example clinic')
    }
    await clinicOf(prescriber).get('/patients/99').expect(404)
  })

  it('tells a user nothing of what broke', async () => {
    const log = jest.spyOn(console, 'error').mockReturnValue(undefined)
    const tooMuch = 'directions='.padEnd(20_000, 'x')
    const { status, text } = await clinicOf(prescriber)
      .post('/patients/1/prescribe')
      .type('form')
      .set('Accept', 'text/html')
      .send(tooMuch)
    expect(status).toBe(413)
    expect(text).toContain('The clinic did not understand the request.')
    expect(text).not.toContain('raw-body')
    expect(log).not.toHaveBeenCalled()
    log.mockRestore()
  })
})
