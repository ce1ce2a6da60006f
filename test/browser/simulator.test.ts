/** The simulator's own pages in Chromium: what a developer sees and does, by mouse, by keyboard and on a small screen. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type Simulator, startSimulator } from 'express-cis2/simulator'
import type { Browser } from 'playwright-core'

import { openBrowser, openVisitor, type Visitor } from './support/browser.js'
import { leadsToNextPage } from './support/next-page.js'
import { signInAtCis2 } from './support/sign-in-pages.js'

const NURSE = '555000000101'
const SCOPE = 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole'

let browser: Browser
let simulator: Simulator
let app: Server
let appAddress: string
let visitor: Visitor
let problems: string[]

/** The smallest relying party: it trusts everybody, and shows who it believes is there. */
async function answer(path: string): Promise<{ status: number; location?: string; body?: string }> {
  const { searchParams, pathname } = new URL(path, appAddress)
  if (pathname === '/backchannel-logout') return { status: 200 }
  if (pathname !== '/callback') {
    const parameters = { response_type: 'code', client_id: 'a-client', redirect_uri: `${appAddress}/callback` }
    const asked = { scope: SCOPE, state: 'a-state', prompt: 'login', acr_values: 'AAL2_OR_AAL3_ANY' }
    const query = new URLSearchParams({ ...parameters, ...asked })
    return { status: 302, location: `${simulator.issuer}/authorize?${query.toString()}` }
  }
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: searchParams.get('code') ?? '',
    redirect_uri: `${appAddress}/callback`,
    client_id: 'a-client',
    client_secret: 'a-secret',
  })
  const tokens = (await (await fetch(`${simulator.issuer}/access_token`, { method: 'POST', body })).json()) as {
    access_token?: string
  }
  if (tokens.access_token === undefined) return { status: 200, body: 'nobody is signed in' }
  const headers = { Authorization: `Bearer ${tokens.access_token}` }
  const person = (await (await fetch(`${simulator.issuer}/userinfo`, { headers })).json()) as { display_name?: string }
  return { status: 200, body: `signed in: ${String(person.display_name)}` }
}

beforeAll(async () => {
  app = createServer((req, res) => {
    answer(req.url ?? '/').then(
      ({ status, location, body = '' }) => {
        res.writeHead(status, { 'Content-Type': 'text/html', ...(location === undefined ? {} : { location }) })
        res.end(`<!DOCTYPE html><html lang="en"><title>App</title><link rel="icon" href="data:,"><h1>${body}</h1>`)
      },
      (error: unknown) => res.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  appAddress = `http://localhost:${(app.address() as AddressInfo).port}`
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  app.closeAllConnections()
  app.close()
})

beforeEach(async () => {
  const { port } = app.address() as AddressInfo
  simulator = await startSimulator({
    clients: [
      {
        clientId: 'a-client',
        clientSecret: 'a-secret',
        tokenEndpointAuthMethod: 'client_secret_post',
        redirectUris: [`${appAddress}/callback`],
        backChannelLogoutUri: `http://127.0.0.1:${port}/backchannel-logout`,
      },
    ],
  })
  visitor = await openVisitor(browser)
  problems = []
})

afterEach(async () => {
  const { complaints } = visitor
  await visitor.close()
  await simulator.stop()
  expect({ complaints, problems }).toEqual({ complaints: [], problems: [] })
})

async function look(name: string): Promise<void> {
  problems.push(...(await visitor.look(`simulator-${name}`)))
}

const open = (path: string) => visitor.page.goto(simulator.url + path)
const heading = () => visitor.page.locator('h1').innerText()

describe('the pages of the simulator', () => {
  it('say what to tell an application', async () => {
    const { page } = visitor
    await open('/')
    expect(await heading()).toBe('CIS2 simulator')
    expect(await page.getByRole('main').innerText()).toContain(simulator.issuer)
    await look('overview')
  })

  it.each(['Requests', 'Users', 'Faults', 'Sessions and keys', 'Clients'])(
    'lead to "%s" from everywhere',
    async (name) => {
      const { page } = visitor
      simulator.setFault('acr-lowered', 2)
      await open('/')
      await page.getByRole('navigation').getByRole('link', { name }).click()
      expect(await heading()).toBe(name)
      expect(await page.locator('[aria-current=page]').innerText()).toBe(name)
      expect(await page.getByRole('banner').innerText()).toContain('Faults on: acr-lowered: 2')
      await look(name.toLowerCase().replaceAll(' ', '-'))
    },
  )

  it('describe every user, and what is odd about some', async () => {
    const { page } = visitor
    await open('/simulator/users')
    for (const { name, description } of simulator.users) {
      const card = page.getByRole('region', { name })
      expect(await card.innerText()).toContain(description)
    }
    expect(await page.getByRole('region', { name: 'Femi Adeyemi' }).innerText()).toContain('levels are numbers')
  })

  it('draw a sign-in while it happens, and keep open what is open', async () => {
    const { page } = visitor
    await open('/simulator/requests')
    const app = await visitor.context.newPage()
    await app.goto(`${appAddress}/`)
    const diagram = page.getByRole('article', { name: /Sign-in to a-client/ })
    await diagram.waitFor()
    await diagram.locator('summary', { hasText: /GET .*\/authorize/ }).click()
    expect(await diagram.locator('pre:visible').innerText()).toContain('"acr_values": "AAL2_OR_AAL3_ANY"')
    await signInAtCis2(app, { with: 'smartcard', as: 'Ngozi Okafor' })
    expect(await app.locator('h1').innerText()).toBe('signed in: Ngozi Okafor')
    await diagram.locator('summary', { hasText: /GET .*\/userinfo/ }).waitFor()
    expect(await diagram.locator('details[open]').count()).toBe(1)
    await diagram.locator('.app-cis2.answer summary').first().click()
    const shown = (await diagram.locator('pre:visible').allInnerTexts()).join()
    expect(shown).toContain('"authentication_assurance_level": "3"')
    expect(shown).not.toContain('a-secret')
    await look('sign-in')
  })

  it('say the true reason of a refusal', async () => {
    const { page } = visitor
    await open('/simulator/requests')
    const body = new URLSearchParams({
      client_id: 'a-client',
      client_secret: 'guessed',
      grant_type: 'authorization_code',
    })
    await fetch(`${simulator.issuer}/access_token`, { method: 'POST', body })
    await page.getByText('Refused: client_secret is wrong').waitFor()
    expect(await page.getByRole('main').innerText()).not.toContain('guessed')
    await look('refused')
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Clear' }).click())
    expect(await page.getByRole('main').innerText()).toContain('Nothing has happened yet')
  })

  it('switch a fault on and off by keyboard alone, and keep place and focus', async () => {
    const { page } = visitor
    await open('/simulator/faults')
    await page.getByLabel('Search faults').fill('another person')
    await leadsToNextPage(page, () => page.keyboard.press('Enter'))
    const place = await page.evaluate<number>('scrollTo(0, 40), scrollY')
    await page.getByRole('button', { name: 'Switch on userinfo-sub-swapped' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('On: 1.').waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('switch-userinfo-sub-swapped')
    expect(await page.evaluate('scrollY')).toBe(place)
    await look('fault-on')
    await page.keyboard.press('Enter')
    await page.getByText('No fault is on.').waitFor()
    expect(simulator.requests).toEqual([])
  })

  it('find a fault by what it does, open its group, and take a value or say what is wrong with it', async () => {
    const { page } = visitor
    await open('/simulator/faults')
    expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThan(3000)
    await page.getByRole('heading', { name: 'Token endpoint' }).click()
    await page.getByLabel('Value of token-endpoint-down').fill('42')
    await page.getByRole('button', { name: 'Switch on token-endpoint-down' }).click()
    await page.getByText('"token-endpoint-down" takes an HTTP status, 200 to 599, not 42').waitFor()
    await page.getByLabel('Value of token-endpoint-down').fill('502')
    await page.getByRole('button', { name: 'Switch on token-endpoint-down' }).click()
    await page.getByText('on: 502').first().waitFor()
    await look('fault-with-value')
  })

  it('switch a fault without scripts, and come back to it', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${simulator.url}/simulator/faults?search=nonce`)
    await page.getByRole('button', { name: 'Switch on nonce-wrong' }).click()
    await page.waitForURL(/\?search=nonce&open=nonce-wrong#fault-nonce-wrong$/)
    expect(await page.getByRole('status').innerText()).toBe('On: 1.')
    await context.close()
  })

  it('take a smartcard out, and show what the application answered', async () => {
    const { page } = visitor
    const app = await visitor.context.newPage()
    await app.goto(`${appAddress}/`)
    await signInAtCis2(app, { with: 'smartcard', as: 'Ngozi Okafor' })
    await open('/simulator/sessions')
    await look('sessions')
    const card = page.getByRole('region', { name: 'Ngozi Okafor' })
    await leadsToNextPage(page, () => card.getByRole('button', { name: 'Take the smartcard out' }).click())
    expect(await page.getByRole('main').innerText()).toMatch(/Nobody is signed in[\s\S]*answered 200/)
    expect(await simulator.endSession(NURSE)).toEqual([])
    const before = await page.locator('code').last().innerText()
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Rotate keys' }).click())
    expect(await page.locator('code').last().innerText()).not.toBe(before)
    await look('after-rotation')
  })

  it('let a midwife sign in and choose her role by keyboard alone', async () => {
    const { page } = visitor
    await page.goto(`${appAddress}/`)
    await look('authenticator')
    await page.getByRole('radio', { name: /^Security key/ }).focus()
    await page.keyboard.press('Space')
    await leadsToNextPage(page, () => page.keyboard.press('Enter'))
    await page.getByRole('radio', { name: /^Priya Raman/ }).focus()
    await page.keyboard.press('Space')
    await leadsToNextPage(page, () => page.keyboard.press('Enter'))
    expect(await heading()).toBe('Choose your role')
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Continue' }).press('Enter'))
    expect(await page.getByRole('alert').innerText()).toContain('Choose a role')
    await look('role-mistake')
    await page.getByRole('link', { name: 'Choose a role' }).press('Enter')
    await page.keyboard.press('Space')
    await leadsToNextPage(page, () => page.keyboard.press('Enter'))
    expect(await heading()).toBe('signed in: Priya Raman')
  })

  it('let a bank nurse search her eight roles', async () => {
    const { page } = visitor
    await page.goto(`${appAddress}/`)
    await page.locator('input[name="authenticator"][value="smartcard"]').check()
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Continue' }).click())
    await page.getByRole('radio', { name: /^Gwen Parry/ }).check()
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Continue' }).click())
    await look('roles')
    await page.getByLabel('Search your roles').fill('hilltop')
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Search' }).click())
    expect(await page.getByRole('status').innerText()).toBe('3 of 8 roles')
    await page.getByRole('radio', { name: /^Nurse Access Role/ }).check()
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Continue' }).click())
    expect(await heading()).toBe('signed in: Gwen Parry')
  })

  it.each([
    { what: 'an unknown client', query: 'client_id=nobody', error: 'invalid_client', why: 'no client "nobody"' },
    {
      what: 'a wrong redirect address',
      query: 'client_id=a-client&redirect_uri=http://localhost/other',
      error: 'redirect_uri_mismatch',
      why: 'redirect_uri "http://localhost/other" is not registered, to the last character',
    },
  ])('name an error in AM’s words, with its reason, for $what', async ({ query, error, why }) => {
    const { page } = visitor
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(`${simulator.issuer}/authorize?${query}`)
    expect(await heading()).toBe(error)
    expect(await page.getByRole('main').innerText()).toContain(why)
    await look('error')
    await leadsToNextPage(page, () => page.getByRole('link', { name: 'See in the simulator why' }).click())
    const { id } = simulator.requests.at(-1) ?? {}
    expect(await page.getByRole('main').innerText()).toContain(`Refused: ${why}`)
    expect(await page.getByRole('article').count()).toBe(1)
    expect(id).toBe(1)
  })

  it('open the application as somebody, in the role that is chosen, and by one click', async () => {
    const { page } = visitor
    await open('/simulator/users')
    await page.getByLabel('Search users').fill('priya')
    await leadsToNextPage(page, () => page.keyboard.press('Enter'))
    expect(await page.getByText('1 of 18 users').count()).toBe(1)
    await look('user-found')
    await page
      .getByRole('button', { name: /^Open the application as Priya Raman/ })
      .first()
      .click()
    await page.getByRole('heading', { name: 'signed in: Priya Raman' }).waitFor()
  })

  it('register an application, say what is wrong with it, and lead to the field', async () => {
    const { page } = visitor
    await open('/simulator/clients')
    await page.getByRole('heading', { name: 'Register another application' }).click()
    await page.getByLabel('Client ID').last().fill('another')
    await page.getByLabel('Redirect URIs', { exact: true }).last().fill('http://localhost:5000/cb')
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Register' }).click())
    await look('client-mistake')
    await page.getByRole('link', { name: /^jwksUri: private_key_jwt needs exactly one/ }).click()
    expect(await page.evaluate('document.activeElement.id')).toBe('new-jwksUri')
    await page.keyboard.type('http://localhost:5000/jwks.json')
    await leadsToNextPage(page, () => page.getByRole('button', { name: 'Register' }).click())
    expect(simulator.clients.map(({ clientId }) => clientId)).toEqual(['a-client', 'another'])
  })

  it('have a page for what is not there', async () => {
    await open('/simulator/nowhere')
    expect(await heading()).toBe('Nothing is here')
    await look('not-found')
  })

  it('can be read in dark colours', async () => {
    const { page } = visitor
    simulator.setFault('acr-lowered')
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(`${simulator.issuer}/authorize?client_id=nobody`)
    await look('dark-error')
    for (const path of ['/requests', '/faults?search=nonce', '/clients']) {
      await open(`/simulator${path}`)
      await look(`dark${path.replaceAll(/\W/g, '-')}`)
    }
  })

  it('draw the lines of a diagram as borders, which forced colours and paper keep', async () => {
    const { page } = visitor
    await page.emulateMedia({ forcedColors: 'active' })
    await page.goto(`${appAddress}/`)
    await open('/simulator/requests')
    await look('forced-requests')
    const widths = await page.evaluate(
      `['::before', '::after'].map((part) => getComputedStyle(document.querySelector('.diagram'), part).borderLeftWidth)`,
    )
    expect(widths).toEqual(['2px', '2px'])
    await page.emulateMedia({ media: 'print', forcedColors: 'none' })
    expect(await page.getByRole('navigation').isVisible()).toBe(false)
    expect(await page.getByRole('article').isVisible()).toBe(true)
  })
})
