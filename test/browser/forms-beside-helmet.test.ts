/** The routes beside an application with `helmet()` as it comes, whose `form-action 'self'` stops redirects that leave the origin. */
import type { Server } from 'node:http'

import express from 'express'
import { cis2Auth, requireCis2 } from 'express-cis2'
import type { Cis2Auth } from 'express-cis2'
import { startSimulator } from 'express-cis2/simulator'
import type { Simulator } from 'express-cis2/simulator'
import helmet from 'helmet'
import type { Browser } from 'playwright-core'

import { openBrowser, openVisitor } from './support/browser.js'
import type { Visitor } from './support/browser.js'
import { freePort } from '../support/free-port.js'
import { signInAtCis2 } from './support/sign-in-pages.js'

const CLIENT = { clientId: 'beside-helmet', clientSecret: 'a secret that only this test knows' }

const PAGE = `<!doctype html><html lang="en"><head><title>Forms</title></head><body><main>
<h1>Forms</h1>
<form action="/search"><label>Name <input name="name"></label><button>Search</button></form>
<form action="/login"><input type="hidden" name="returnTo" value="/search?name=form"><button>Sign in</button></form>
<form action="/logout" method="post"><button>Sign out</button></form>
</main></body></html>`

jest.setTimeout(90_000)

let browser: Browser
let simulator: Simulator
let auth: Cis2Auth
let server: Server
let baseUrl: string
let visitor: Visitor

beforeAll(async () => {
  const port = await freePort()
  baseUrl = `http://localhost:${port}`
  browser = await openBrowser()
  simulator = await startSimulator({
    clients: [
      {
        ...CLIENT,
        tokenEndpointAuthMethod: 'client_secret_post',
        redirectUris: [`${baseUrl}/callback`],
        postLogoutRedirectUris: [`${baseUrl}/`],
      },
    ],
  })
  auth = cis2Auth({
    issuer: simulator.issuer,
    clientId: CLIENT.clientId,
    clientAuthentication: { method: 'client_secret_post', clientSecret: CLIENT.clientSecret },
    baseUrl,
    idpLogout: true,
    session: { secret: 'a session secret that only this test knows', redis: 'memory' },
  })
  const app = express()
  app.use(helmet())
  app.use(auth)
  app.get('/', (_req, res) => {
    res.send(PAGE)
  })
  app.get('/search', requireCis2(), (req, res) => {
    res.send(`<h1>Found ${String(req.cis2User?.sub)}</h1>`)
  })
  server = app.listen(port, '127.0.0.1')
  await auth.ready()
})

afterAll(async () => {
  await browser.close()
  server.close()
  server.closeAllConnections()
  await auth.close()
  await simulator.stop()
})

beforeEach(async () => {
  visitor = await openVisitor(browser)
  await visitor.page.goto(baseUrl)
})

afterEach(async () => {
  const { complaints } = visitor
  await visitor.close()
  expect(complaints).toEqual([])
})

async function signIn(): Promise<void> {
  await signInAtCis2(visitor.page, { with: 'smartcard', as: 'Ngozi Okafor' })
}

const ownAddress = () => visitor.page.url().slice(baseUrl.length)

describe('beside helmet() as it comes, in Chromium', () => {
  it('a GET form that is sent after the session has ended leads to sign-in and to its answer', async () => {
    await visitor.page.getByLabel('Name').fill('Holloway')
    await visitor.page.getByRole('button', { name: 'Search' }).click()
    await signIn()
    expect(ownAddress()).toBe('/search?name=Holloway')
    expect(await visitor.page.locator('h1').innerText()).toBe('Found 555000000101')
  })

  it('a form whose action is /login leads to sign-in', async () => {
    await visitor.page.getByRole('button', { name: 'Sign in' }).click()
    await signIn()
    expect(ownAddress()).toBe('/search?name=form')
  })

  it('a form that posts to /logout reaches the end-session endpoint of CIS2, and comes back', async () => {
    const { page } = visitor
    await page.getByRole('button', { name: 'Sign in' }).click()
    await signIn()
    await page.goto(baseUrl)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL((url) => url.origin === baseUrl && url.pathname === '/' && url.search.includes('state'))
    expect(simulator.requests.filter(({ path }) => path.endsWith('/connect/endSession'))).toMatchObject([
      { status: 302 },
    ])
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('heading', { name: 'How do you want to sign in?' }).waitFor()
  })
})
