/** The pages that the package shows by itself, in Chromium: readable at 320 px, no accessibility violations, nothing loaded. */
import express from 'express'
import { requireCis2 } from 'express-cis2'
import type { Browser } from 'playwright-core'

import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'
import { openBrowser, openVisitor, type Visitor } from './support/browser.js'

const clock = new TestClock()
let browser: Browser
let provider: ScriptedProvider
let app: TestApp
let visitor: Visitor

beforeAll(async () => {
  browser = await openBrowser()
  provider = await ScriptedProvider.start(clock)
  app = await startApp({
    provider,
    clock,
    options: { idpLogout: true },
    after(outer) {
      outer.get('/form', (_req, res) => {
        res.type('html').send(`<!doctype html><html lang="en"><title>Form</title><main><h1>Form</h1>
          <form method="post" action="/prescriptions"><button>Send</button></form>
          <form method="post" action="/fresh-post"><button>Send fresh</button></form></main></html>`)
      })
      outer.post('/fresh-post', requireCis2({ maxAuthAgeSeconds: 60 }), express.text(), (_req, res) => res.end())
    },
  })
})

beforeEach(async () => {
  visitor = await openVisitor(browser)
})

afterEach(async () => {
  provider.reset()
  expect(visitor.complaints).toEqual([])
  await visitor.close()
})

afterAll(async () => {
  await app.stop()
  await provider.stop()
  await browser.close()
})

/** Judges the page that is shown: its heading, its look, and that it asked nobody for anything. */
async function expectPage(name: string, heading: string): Promise<void> {
  const { page } = visitor
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(heading)
  expect(await visitor.look(`own-${name}`)).toEqual([])
  const loaded = await page.evaluate<string[]>("performance.getEntriesByType('resource').map((entry) => entry.name)")
  expect(loaded.filter((address) => !address.endsWith('/favicon.ico'))).toEqual([])
}

async function signIn(): Promise<void> {
  await visitor.page.goto(`${app.baseUrl}/login?returnTo=/form`)
  await visitor.page.getByRole('heading', { name: 'Form' }).waitFor()
}

describe('a page of the package', () => {
  it('asks before it signs out, and moves on by itself to CIS2', async () => {
    await signIn()
    await visitor.page.goto(`${app.baseUrl}/logout`)
    await expectPage('sign-out', 'Do you want to sign out?')
    // By keyboard alone.
    await visitor.page.keyboard.press('Tab')
    await visitor.page.keyboard.press('Enter')
    await visitor.page.waitForURL(/connect\/endSession/)
    expect(await app.browser().request(`${app.baseUrl}/me`)).toMatchObject({ status: 401 })
  })

  it.each<[string, string, () => void]>([
    [
      'cancelled',
      'You did not sign in',
      () => {
        provider.script.callback = (honest) => {
          honest.delete('code')
          honest.set('error', 'access_denied')
          return honest
        }
      },
    ],
    ['weak', 'Your sign-in was not strong enough', () => (provider.person = { ...provider.person, aal: '2' })],
    [
      'refused',
      'We could not sign you in',
      () => (provider.script.idTokenClaims = (claims) => ({ ...claims, nonce: 'other' })),
    ],
    [
      'unavailable',
      'Sorry, there is a problem',
      () => {
        provider.script.handle = (path, req) => {
          if (path === '/access_token') req.socket.destroy()
          return path === '/access_token'
        }
      },
    ],
  ])('says that a sign-in was %s, and offers another try', async (name, heading, spoil) => {
    spoil()
    await visitor.page.goto(`${app.baseUrl}/me`)
    await expectPage(name, heading)
    provider.reset()
    await visitor.page.getByRole('link', { name: 'Try again' }).click()
    await visitor.page.waitForURL(`${app.baseUrl}/`)
  })

  it('tells a browser that began no sign-in about cookies', async () => {
    const address = await app.callbackAddress(app.browser())
    await visitor.page.goto(address)
    await expectPage('no-sign-in', 'We could not sign you in')
    expect(await visitor.page.getByRole('main').innerText()).toContain('allows cookies')
  })

  it('says what a role does not reach', async () => {
    await signIn()
    await visitor.page.goto(`${app.baseUrl}/doctors`)
    await expectPage('forbidden', 'You cannot use this page')
  })

  it('leads back to a form that was sent after the session had ended', async () => {
    await signIn()
    await app.auth.endSessions({ sub: provider.person.sub })
    await visitor.page.getByRole('button', { name: 'Send', exact: true }).click()
    await expectPage('not-signed-in', 'You are not signed in')
    await visitor.page.getByRole('link', { name: 'Sign in' }).click()
    await visitor.page.getByRole('heading', { name: 'Form' }).waitFor()
  })

  it('asks for a fresh sign-in, and leads back to the form', async () => {
    await signIn()
    app.clock.advance(90)
    await visitor.page.getByRole('button', { name: 'Send fresh' }).click()
    await expectPage('step-up', 'Sign in again to continue')
    app.clock.advance(-90)
    await visitor.page.getByRole('link', { name: 'Sign in again' }).click()
    await visitor.page.getByRole('heading', { name: 'Form' }).waitFor()
  })

  it('stops a form of another website', async () => {
    await signIn()
    // The same host under its other name is another origin, and another site.
    await visitor.page.goto(app.baseUrl.replace('127.0.0.1', 'localhost') + '/form')
    await visitor.page.evaluate(`document.forms[0].action = ${JSON.stringify(`${app.baseUrl}/logout`)}`)
    await visitor.page.getByRole('button', { name: 'Send', exact: true }).click()
    await expectPage('cross-origin', 'This request was stopped')
  })
})
