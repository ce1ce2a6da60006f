/** Every refusal that a user of the example clinic can meet, in the clinic's own look: `errors: 'next'` in Chromium. */
import { useClinic } from './support/clinic.js'
import { signInAtCis2 } from './support/sign-in-pages.js'

// The page does not look after its session by itself here: what a click finds is what is tested.
const clinic = useClinic({ checkEverySeconds: 3600 })

const REFERENCE = /Reference: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

const signInAgain = () => clinic.page.getByRole('main').getByRole('button', { name: /Sign in/ })

describe('a refusal of the example clinic', () => {
  beforeEach(() => {
    clinic.demonstration.simulator.clearFaults()
  })

  it('of a cancelled sign-in has a reference for the help desk, and a way to try again', async () => {
    await clinic.open('/patients')
    await clinic.page.getByRole('button', { name: 'Cancel' }).click()
    expect(await clinic.heading()).toBe('You could not be signed in')
    expect(await clinic.main()).toContain('You cancelled the sign-in')
    expect(await clinic.main()).toMatch(REFERENCE)
    await clinic.look('refused-cancelled')
    await signInAgain().click()
    await clinic.page.getByRole('heading', { name: 'How do you want to sign in?' }).waitFor()
  })

  it('of a user whose identity is not verified well enough says so', async () => {
    await clinic.open('/patients')
    await signInAtCis2(clinic.page, { with: 'windows-hello', as: 'Kit Barlow' })
    expect(await clinic.heading()).toBe('You could not be signed in')
    expect(await clinic.main()).toContain('Your identity has not been verified')
    await clinic.look('refused-identity')
  })

  it('of the national record keeps the user signed in, and says whether to try again', async () => {
    const { page, demonstration } = clinic
    await clinic.open('/patients/1/national-record')
    await signInAtCis2(page, { with: 'smartcard', as: 'Ngozi Okafor' })
    expect(await clinic.heading()).toBe('National record of Margaret Holloway')
    expect(await clinic.main()).toContain('From the Personal Demographics Service')
    await clinic.look('national-record', true)

    // What was got lasts ten minutes; a new session begins without.
    await clinic.context.clearCookies()
    await clinic.open('/patients')
    await signInAtCis2(page, { with: 'smartcard', as: 'Ngozi Okafor' })
    demonstration.simulator.setFault('api-down')
    await clinic.open('/patients/1/national-record')
    expect(await clinic.main()).toContain('does not answer at the moment. You are still signed in.')
    await clinic.look('national-record-away', true)
    demonstration.simulator.clearFaults()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('From the Personal Demographics Service').waitFor()
  })

  it('of the national record to another role is the page that says so', async () => {
    await clinic.open('/patients/1/national-record')
    await signInAtCis2(clinic.page, { with: 'security-key', as: 'Priya Raman', role: /Support/ })
    expect(await clinic.heading()).toBe('Your role cannot use this page')
    expect(await clinic.main()).toContain('It needs another role.')
    await clinic.look('national-record-role', true)
  })

  it('of a step-up that is cancelled leaves the user signed in as he was', async () => {
    // The step-up makes CIS2 end its session; here the news of it does not arrive.
    clinic.demonstration.simulator.setFault('logout-lost')
    await clinic.open('/patients/1')
    await signInAtCis2(clinic.page, { with: 'microsoft-authenticator', as: 'tom.ashdown@example.nhs.net' })
    await clinic.page.getByRole('button', { name: 'Prescribe' }).click()
    await clinic.page.getByRole('button', { name: 'Cancel' }).click()
    await clinic.page.getByRole('heading', { name: 'You could not be signed in' }).waitFor()
    expect(await clinic.header()).toContain('AAL2')
    await clinic.look('refused-step-up')
    await clinic.open('/patients')
    expect(await clinic.heading()).toBe('Patients')
  })

  it('of a page is certain from the first click after the smartcard is taken out', async () => {
    const { page, demonstration } = clinic
    // The page hears nothing of it.
    await page.route('**/session', (route) => route.fulfill({ status: 503 }))
    await clinic.open('/patients')
    await signInAtCis2(page, { with: 'smartcard', as: 'Ngozi Okafor' })
    await demonstration.simulator.removeSmartcard('555000000101')
    await page.getByRole('link', { name: 'Margaret Holloway', exact: true }).click()
    await page.getByRole('heading', { name: 'How do you want to sign in?' }).waitFor()
  })

  it('of a form that is sent after the session has ended leads back to the form', async () => {
    const { page, demonstration } = clinic
    await clinic.open('/patients/1/prescribe')
    await signInAtCis2(page, { with: 'windows-hello', as: 'Tom Ashdown' })
    await page.getByLabel('Medicine').selectOption('Ramipril 2.5mg capsules')
    await demonstration.simulator.endSession('555000000102')
    await page.getByRole('button', { name: 'Prescribe' }).click()
    expect(await clinic.heading()).toBe('You need to sign in')
    expect(await clinic.main()).toContain('What you sent was not saved.')
    await clinic.look('refused-form')
    await signInAgain().click()
    await signInAtCis2(page, { with: 'windows-hello', as: 'Tom Ashdown' })
    expect(clinic.path()).toBe('/patients/1/prescribe')
    await clinic.open('/patients/1')
    expect(await clinic.main()).toContain('None yet.')
  })

  it('of a form that another website sends changes nothing', async () => {
    const { page } = clinic
    await clinic.open('/patients')
    await signInAtCis2(page, { with: 'smartcard', as: 'Ngozi Okafor' })
    const form = `<form method="post" action="${clinic.demonstration.baseUrl}/logout"><button>Win a prize</button></form>`
    await page.route('http://another.example/', (route) => route.fulfill({ contentType: 'text/html', body: form }))
    await page.goto('http://another.example/')
    await page.getByRole('button').click()
    await page.getByRole('heading', { name: 'This request did not come from the clinic' }).waitFor()
    expect(await clinic.header()).not.toContain('Ngozi Okafor')
    await clinic.look('refused-cross-origin')
    await clinic.open('/patients')
    expect(await clinic.heading()).toBe('Patients')
  })

  it('while CIS2 does not answer says that one can try later', async () => {
    const log = jest.spyOn(console, 'error').mockReturnValue(undefined)
    clinic.demonstration.simulator.setFault('token-endpoint-down')
    await clinic.open('/patients')
    await signInAtCis2(clinic.page, { with: 'smartcard', as: 'Ngozi Okafor' })
    expect(await clinic.heading()).toBe('Care Identity is not available')
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ code: 'CIS2_PROVIDER_UNAVAILABLE' }))
    log.mockRestore()
    await clinic.look('provider-unavailable')
  })

  it('of an address that does not exist is a page of the clinic', async () => {
    await clinic.open('/no-such-page')
    expect(await clinic.heading()).toBe('Page not found')
    await clinic.look('not-found')
  })
})
