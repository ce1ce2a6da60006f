/** The example clinic in Chromium: what a member of staff sees and does, with the simulator as CIS2. */
import { useClinic } from './support/clinic.js'
import { signInAtCis2 } from './support/sign-in-pages.js'

const NURSE = '555000000101'

const clinic = useClinic()

const nurse = { with: 'smartcard', as: 'Ngozi Okafor' } as const
const prescriber = { with: 'windows-hello', as: 'Tom Ashdown' } as const

/** A page of CIS2 that no test before has looked at. */
function lookAtFirst(wanted: string) {
  return (name: string) => (name === wanted ? clinic.look(`cis2-${name}`) : Promise.resolve())
}

describe('the example clinic', () => {
  it('signs a nurse in with her smartcard, says who she is, and does not let her prescribe', async () => {
    const { page, look } = clinic
    await clinic.open('/')
    await page.getByText('Which role to choose').click()
    await page.getByText('Ways of signing in').click()
    await look('home')
    await page.getByRole('main').getByRole('button', { name: 'Sign in with Care Identity' }).click()
    await signInAtCis2(page, { ...nurse, onPage: (name) => look(`cis2-${name}`) })
    expect(clinic.path()).toBe('/')
    expect(await clinic.header()).toContain('Nurse Access Role')
    await look('home-signed-in')

    await page.getByRole('banner').getByRole('link', { name: 'Who am I' }).click()
    const facts = await clinic.main()
    expect(facts).toContain('Ngozi Okafor')
    expect(facts).toContain('Nurse Access Role (R8001)')
    expect(facts).toContain('RIVERSIDE SURGERY (A99901)')
    expect(facts).toContain('AAL3')
    expect(facts).toContain('Smartcard')
    await page.getByText('As the application sees it').click()
    expect(await page.locator('pre').innerText()).toContain(`"sub": "${NURSE}"`)
    await look('who-am-i')

    await page.getByRole('banner').getByRole('link', { name: 'Patients' }).click()
    await look('patients')
    await page.getByRole('link', { name: 'Prescribe' }).first().click()
    expect(await clinic.heading()).toBe('Your role cannot use this page')
    expect(await clinic.main()).toContain('You are signed in as Nurse Access Role at RIVERSIDE SURGERY.')
    await look('refused-role')
  })

  it('steps a prescriber up from AAL2 to AAL3, takes his prescription, and signs him out', async () => {
    const { page, look } = clinic
    await clinic.open('/patients/2')
    await signInAtCis2(page, {
      with: 'microsoft-authenticator',
      as: 'tom.ashdown@example.nhs.net',
      onPage: lookAtFirst('code'),
    })
    expect(await clinic.header()).toContain('AAL2')
    await look('patient')

    await page.getByRole('button', { name: 'Prescribe' }).click()
    await signInAtCis2(page, prescriber)
    expect(clinic.path()).toBe('/patients/2/prescribe')
    expect(await clinic.header()).toContain('AAL3')
    await look('prescribe')

    await page.getByRole('button', { name: 'Prescribe' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('Select a medicine')
    await look('prescribe-mistakes')
    await page.getByLabel('Medicine').selectOption('Ramipril 2.5mg capsules')
    await page.getByLabel('Directions for the patient').fill('Take one capsule once a day')
    await page.getByRole('button', { name: 'Prescribe' }).click()
    expect(clinic.path()).toBe('/patients/2')
    expect(await page.getByRole('alert').innerText()).toContain('Ramipril 2.5mg capsules prescribed')
    expect(await clinic.main()).toContain('Take one capsule once a day')
    await look('prescribed')

    await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click()
    expect(clinic.path()).toBe('/signed-out')
    expect(await clinic.heading()).toBe('You have signed out')
    await look('signed-out')
    await clinic.open('/patients')
    expect(page.url()).toContain(clinic.demonstration.simulator.url)
  })

  it('shows no patient on the Back button after sign-out', async () => {
    const { page } = clinic
    await clinic.open('/patients/1')
    await signInAtCis2(page, nurse)
    expect(await clinic.heading()).toBe('Margaret Holloway')
    await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'You have signed out' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'How do you want to sign in?' }).waitFor()
  })

  it('changes the role of a midwife who has three', async () => {
    const { page, look } = clinic
    await clinic.open('/who-am-i')
    await signInAtCis2(page, {
      with: 'security-key',
      as: 'Priya Raman',
      role: /^Midwife Access Role/,
      onPage: lookAtFirst('role'),
    })
    expect(await clinic.header()).toContain('Midwife Access Role')
    await page.getByRole('button', { name: 'Change role' }).click()
    await signInAtCis2(page, { with: 'security-key', as: 'Priya Raman', role: /^Nurse Access Role/ })
    expect(clinic.path()).toBe('/who-am-i')
    expect(await clinic.header()).toContain('Nurse Access Role')
    await look('role-changed')
  })

  it('welcomes a user who has no role, and tells her what to do about it', async () => {
    await clinic.open('/login')
    await signInAtCis2(clinic.page, { with: 'security-key', as: 'Rosa Delgado' })
    expect(clinic.path()).toBe('/')
    expect(await clinic.header()).toContain('No role selected')
    expect(await clinic.main()).toContain('You have no role')
    await clinic.look('no-role')
    await clinic.open('/patients/1/prescribe')
    expect(await clinic.main()).toContain('You are signed in without a role.')
    await clinic.look('refused-no-role')
  })

  it('says within ten seconds that a smartcard was taken out, and leads back to the page', async () => {
    const { page } = clinic
    await clinic.open('/patients')
    await signInAtCis2(page, nurse)
    expect(clinic.path()).toBe('/patients')
    await clinic.demonstration.simulator.removeSmartcard(NURSE)
    await page.waitForURL('**/signed-out**', { timeout: 10_000 })
    expect(await clinic.heading()).toBe('You have been signed out')
    expect(await clinic.main()).toContain('smartcard')
    await clinic.look('card-removed')
    await page.getByRole('main').getByRole('button', { name: 'Sign in with Care Identity' }).click()
    await signInAtCis2(page, nurse)
    expect(clinic.path()).toBe('/patients')
  })
})
