/** The test kit in a browser: a page of Playwright is signed in, and cookies are what `addCookies` takes. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import { cis2Auth, requireCis2 } from 'express-cis2'
import { startTestCis2, type TestCis2 } from 'express-cis2/testing'
import type { Browser } from 'playwright-core'

import { openBrowser, openVisitor, type Visitor } from './support/browser.js'

let browser: Browser
let cis2: TestCis2
let server: Server
let baseUrl: string
let visitor: Visitor

beforeAll(async () => {
  browser = await openBrowser()
  cis2 = await startTestCis2()
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  baseUrl = `http://localhost:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await cis2.stop()
  await browser.close()
})

beforeEach(async () => {
  visitor = await openVisitor(browser)
})
afterEach(() => visitor.close())

async function shownName(): Promise<string> {
  await visitor.page.goto(`${baseUrl}/ward`)
  return visitor.page.getByRole('heading', { level: 1 }).innerText()
}

it('asks for an application that listens, before there is one', async () => {
  cis2.options()
  await expect(cis2.cookiesOf('Ngozi Okafor')).rejects.toThrow(/A browser needs an application that listens/)
  const app = express()
  app.use(cis2Auth(cis2.options({ baseUrl, aal: 2 })))
  app.get('/ward', requireCis2(), (req, res) => {
    res.type('html').send(`<h1>${String(req.cis2User?.name)} at ${String(req.cis2User?.aal)}</h1>`)
  })
  server.on('request', (req, res) => {
    app(req, res)
  })
})

it('signs a persona in on a page, and another in her place', async () => {
  await cis2.signInAs(visitor.page, 'Ngozi Okafor')
  expect(await shownName()).toMatch(/OKAFOR.*at 3/i)
  await cis2.signInAs(visitor.page, 'Tom Ashdown', { aal: 2 })
  expect(await shownName()).toMatch(/ASHDOWN.*at 2/i)
})

it('ends on the page when the smartcard is taken out', async () => {
  await cis2.signInAs(visitor.page, 'Ngozi Okafor')
  expect((await cis2.removeSmartcard('Ngozi Okafor')).at(-1)).toMatchObject({ status: 200 })
  const answer = await visitor.context.request.get(`${baseUrl}/ward`, { headers: { accept: 'application/json' } })
  expect(answer.status()).toBe(401)
})

it('hands out cookies that addCookies takes', async () => {
  const cookies = await cis2.cookiesOf('Ngozi Okafor')
  expect(cookies).toEqual([
    expect.objectContaining({ domain: 'localhost', path: '/', httpOnly: true, sameSite: 'Lax' }),
  ])
  await visitor.context.addCookies(cookies)
  expect(await shownName()).toMatch(/OKAFOR/i)
})

it('refuses what it refuses an agent', async () => {
  await expect(cis2.signInAs(visitor.page, 'Ngozi Okafor', { aal: 1 })).rejects.toThrow(/no authenticator/)
  await expect(cis2.signInAs(visitor.page, 'Nobody')).rejects.toThrow(/Nobody is called/)
})
