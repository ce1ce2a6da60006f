/** The sign-in pages, one after the other, and the choice of a role. */
import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { type Browser, openBrowser } from './browser.js'
import {
  authorizeAddress,
  callbackOf,
  CLIENT,
  claimsOf,
  exchange,
  idTokenOf,
  lastRefusal,
  type Person,
} from './conversation.js'

const MIDWIFE: Person = { user: '555000000103', authenticator: 'security-key' }
const BANK_NURSE: Person = { user: '555000000104', authenticator: 'smartcard' }
const WITHOUT_ROLE: Person = { user: '555000000111', authenticator: 'security-key' }
const ON_HSCN: Person = { user: '555000000110', authenticator: 'smartcard-identity-agent' }
const NURSE: Person = { user: '555000000101', authenticator: 'smartcard' }

let simulator: Simulator
let browser: Browser

beforeAll(async () => {
  simulator = await startSimulator({ clients: [CLIENT] })
})
afterAll(() => simulator.stop())
beforeEach(() => {
  browser = openBrowser(simulator)
})

/** The address of the sign-in pages of a new sign-in. */
async function begin(fields: Record<string, string> = {}): Promise<string> {
  const first = await browser.get(authorizeAddress(simulator, { acr_values: 'AAL2_OR_AAL3_ANY', ...fields }))
  return first.location ?? ''
}

const headingOf = (text: string) => /<h1>([^<]*)/.exec(text)?.[1]

describe('the pages', () => {
  it('ask for authenticator, then passcode, and lead back', async () => {
    const address = await begin()
    expect(headingOf((await browser.get(address)).text)).toBe('How do you want to sign in?')
    const second = await browser.post(address, { authenticator: 'smartcard', action: 'sign-in' })
    expect(headingOf(second.text)).toBe('Smartcard')
    expect(second.text).toContain('Ngozi Okafor')
    const back = await browser.post(address, { user: NURSE.user, pin: '1234', action: 'sign-in' })
    expect(callbackOf(back)).toHaveProperty('code')
  })

  it('ask for e-mail and password, then a one-time code, with an authenticator app', async () => {
    const address = await begin()
    const second = await browser.post(address, { authenticator: 'microsoft-authenticator', action: 'sign-in' })
    expect(headingOf(second.text)).toBe('Log in')
    const login = { email: ' Ngozi.Okafor@example.nhs.net', password: 'x', action: 'sign-in' }
    const third = await browser.post(address, login)
    expect(headingOf(third.text)).toBe('Enter verification code')
    expect((await browser.get(address)).text).toContain('Enter verification code')
    const wrong = await browser.post(address, { code: '12345', action: 'sign-in' })
    expect(wrong.status).toBe(400)
    expect(wrong.text).toContain('Enter the 6-digit code')
    expect(callbackOf(await browser.post(address, { code: '123456', action: 'sign-in' }))).toHaveProperty('code')
  })

  it.each([
    { form: { action: 'sign-in' }, problem: 'Choose how to sign in' },
    { form: { authenticator: 'telepathy' }, problem: 'Nobody has an authenticator called &quot;telepathy&quot;' },
    { form: { authenticator: 'smartcard', user: '000000000000' }, problem: 'No such user' },
    {
      form: { authenticator: 'smartcard', user: MIDWIFE.user },
      problem: 'Priya Raman cannot sign in with &quot;smartcard&quot;',
    },
  ])('say "$problem" and stay', async ({ form, problem }) => {
    const page = await browser.post(await begin(), form)
    expect(page.status).toBe(400)
    expect(page.text).toContain(problem)
    expect(page.text).toContain('<title>Error: ')
    expect(page.text).toContain('role="alert"')
  })

  it.each([
    { with: 'smartcard', form: { user: NURSE.user, pin: '' }, problem: 'Enter your passcode' },
    { with: 'smartcard', form: { pin: '1' }, problem: 'Choose who is signing in' },
    {
      with: 'nhs-net-connect',
      form: { email: 'idris.cole@example.nhs.net', password: '' },
      problem: 'Enter your password',
    },
    { with: 'nhs-net-connect', form: { email: 'nobody@example.nhs.net', password: 'x' }, problem: 'No such user' },
  ])('say "$problem" after the choice of $with', async ({ with: authenticator, form, problem }) => {
    const address = await begin()
    await browser.post(address, { authenticator })
    const page = await browser.post(address, { ...form, action: 'sign-in' })
    expect(page.status).toBe(400)
    expect(page.text).toContain(problem)
  })

  it('take a device without a passcode, and let one begin again another way', async () => {
    const address = await begin()
    await browser.post(address, { authenticator: 'ipad' })
    expect(headingOf((await browser.get(address)).text)).toBe('NHS iPad app')
    const again = await browser.post(address, { action: 'restart' })
    expect(headingOf(again.text)).toBe('How do you want to sign in?')
    await browser.post(address, { authenticator: 'ipad' })
    expect(callbackOf(await browser.post(address, { user: '555000000107' }))).toHaveProperty('code')
  })

  it('may lead to the application and nowhere else, and load nothing from elsewhere', async () => {
    const { headers } = await browser.get(await begin())
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("form-action 'self' https://clinic.example;")
    expect(policy).not.toContain('script-src')
  })

  it('may lead to an application with a scheme of its own', async () => {
    simulator.addClient({ ...CLIENT, clientId: 'native', redirectUris: ['nhs-app://callback'] })
    const page = await browser.get(await begin({ client_id: 'native', redirect_uri: 'nhs-app://callback' }))
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' nhs-app:;")
  })

  it('do not know a sign-in that was never begun', async () => {
    expect((await browser.get('/openam/XUI/sign-in')).status).toBe(400)
    expect(lastRefusal(simulator)).toBe('no sign-in of that id is under way')
  })
})

describe('the role', () => {
  const selected = async (person: Person, scope: string) =>
    (await idTokenOf(simulator, person, { scope }, browser)).selected_roleid

  it('is selected without a question for a user with one, when it is asked for', async () => {
    expect(await selected(NURSE, 'openid selectedrole')).toBe('555000010101')
  })

  it('is not in the token when it was not asked for', async () => {
    expect(await selected({ ...MIDWIFE, role: '555000010301' }, 'openid')).toBeUndefined()
  })

  it('is missing for a user without roles', async () => {
    expect(await selected(WITHOUT_ROLE, 'openid selectedrole')).toBeUndefined()
  })

  it('is chosen from a list by a user with three', async () => {
    const address = await begin({ scope: 'openid selectedrole' })
    const list = await browser.post(address, { ...MIDWIFE, action: 'sign-in' })
    expect(headingOf(list.text)).toBe('Choose your role')
    expect(list.text).not.toContain('type="search"')
    expect(list.text.match(/id="nhsRoleId_\d"/g)).toHaveLength(3)
    const none = await browser.post(address, { page: 'role', action: 'sign-in' })
    expect(none.status).toBe(400)
    expect(none.text).toContain('Choose a role')
    const wrong = await browser.post(address, { page: 'role', role: '555000010101', action: 'sign-in' })
    expect(wrong.text).toContain('Priya Raman has no role')
    const back = callbackOf(await browser.post(address, { page: 'role', role: '555000010302', action: 'sign-in' }))
    const { body } = await exchange(simulator, back.code)
    expect(claimsOf(body.id_token).selected_roleid).toBe('555000010302')
  })

  it('is searched for by a user with eight', async () => {
    const address = await begin({ scope: 'openid selectedrole' })
    const page = await browser.post(address, { ...BANK_NURSE, action: 'sign-in' })
    expect(page.text).toContain('8 of 8 roles')
    const found = await browser.get(`${address}&search=hilltop`)
    expect(found.text).toContain('3 of 8 roles')
    expect(found.text).not.toContain('NORTH TEST TRUST')
    expect((await browser.get(`${address}&search=zzz`)).text).toContain('0 of 8 roles')
  })

  it('is not asked for again in the same session, unless it is to be changed', async () => {
    const person = { ...MIDWIFE, role: '555000010301' }
    expect(await selected(person, 'openid selectedrole')).toBe('555000010301')
    expect(await selected(person, 'openid selectedrole')).toBe('555000010301')
    const page = await browser.get(authorizeAddress(simulator, { scope: 'openid changedrole' }))
    expect(page.location).toContain('/openam/XUI/sign-in')
    const choice = await browser.get(page.location ?? '')
    expect(headingOf(choice.text)).toBe('Choose your role')
    expect(choice.text).not.toContain('Use another way')
    expect(headingOf((await browser.post(page.location ?? '', { action: 'restart' })).text)).toBe('Choose your role')
    const back = callbackOf(await browser.post(page.location ?? '', { role: '555000010302' }))
    const { body } = await exchange(simulator, back.code)
    expect(claimsOf(body.id_token).selected_roleid).toBe('555000010302')
  })

  it('has to be chosen when an earlier application did not want one', async () => {
    await selected({ ...MIDWIFE, role: '555000010301' }, 'openid')
    const silent = await browser.get(authorizeAddress(simulator, { scope: 'openid selectedrole', prompt: 'none' }))
    expect(callbackOf(silent).error).toBe('interaction_required')
    expect(lastRefusal(simulator)).toBe('prompt=none, but a role has to be chosen')
    const page = await browser.get(
      authorizeAddress(simulator, { scope: 'openid selectedrole', acr_values: 'AAL2_ANY' }),
    )
    const back = callbackOf(await browser.post(page.location ?? '', { role: '555000010303' }))
    const { body } = await exchange(simulator, back.code)
    // The session is stronger than what was asked for, and not of that class.
    expect(claimsOf(body.id_token)).toMatchObject({ selected_roleid: '555000010303', acr: '0' })
  })

  it('is chosen at the card reader with the Identity Agent, whatever the scope, and stays', async () => {
    const person = { ...ON_HSCN, role: '555000011002' }
    expect(await selected(person, 'openid')).toBe('555000011002')
    const page = await browser.get(authorizeAddress(simulator, { scope: 'openid changedrole' }))
    expect(callbackOf(page)).toHaveProperty('code')
  })
})
