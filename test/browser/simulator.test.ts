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

  it.each(['Requests', 'Users', 'Faults', 'Sessions and keys'])('lead to "%s" from everywhere', async (name) => {
    const { page } = visitor
    simulator.setFault('acr-lowered', 2)
    await open('/')
    await page.getByRole('navigation').getByRole('link', { name }).click()
    expect(await heading()).toBe(name)
    await look(name.toLowerCase().replaceAll(' ', '-'))
  })

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
    const diagram = page.getByRole('region', { name: /Sign-in to a-client/ })
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

  it('switch a fault on and off by keyboard alone', async () => {
    const { page } = visitor
    await open('/simulator/faults')
    const button = page.getByRole('button', { name: 'Switch on userinfo-sub-swapped' })
    await button.focus()
    await leadsToNextPage(page, () => page.keyboard.press('Enter'))
    expect(await page.getByRole('status').innerText()).toContain('userinfo-sub-swapped')
    await page.getByRole('button', { name: 'Switch off userinfo-sub-swapped' }).focus()
    await leadsToNextPage(page, () => page.keyboard.press('Enter'))
    expect(await page.getByRole('status').innerText()).toBe('No fault is on.')
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

  it('name an error in AM’s words, and lead to its reason', async () => {
    const { page } = visitor
    await page.goto(`${simulator.issuer}/authorize?client_id=nobody`)
    expect(await heading()).toBe('invalid_client')
    await look('error')
    await leadsToNextPage(page, () => page.getByRole('link', { name: 'See in the simulator why' }).click())
    expect(await page.getByRole('main').innerText()).toContain('Refused: no client "nobody" is registered')
  })
})
