/** The pages that the package shows by itself, in Chromium: readable at 320 px, no accessibility violations, nothing loaded. */
import { resolve } from 'node:path'

import express from 'express'
import { requireCis2 } from 'express-cis2'
import type { Browser, Page } from 'playwright-core'

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
    before(outer) {
      // The clock that the server's pages go by.
      outer.use((_req, res, next) => {
        res.setHeader('Date', new Date(clock.now).toUTCString())
        next()
      })
    },
    after(outer) {
      outer.get('/session-warning.js', (_req, res) => {
        res.sendFile(resolve('src/session-warning/session-warning.js'))
      })
      outer.get('/ward', requireCis2(), (_req, res) => {
        res.type('html').send(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
          <title>Ward</title><main><h1>Ward</h1><a href="/">Start</a></main>
          <script type="module">
            import { sessionWarning } from '/session-warning.js'
            const onEnd = ({ reason }) => { document.title = 'Ended: ' + reason }
            window.warning = sessionWarning({ onEnd, checkSeconds: 3600 })
          </script></html>`)
      })
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

  it('says what a role does not allow', async () => {
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

describe('the dialog of session-warning', () => {
  const title = 'You are about to be signed out'
  const dialogOf = (page: Page) => page.getByRole('dialog', { name: title })

  /** Lets time pass, and both pages ask the server. */
  async function pass(seconds: number, ...pages: readonly Page[]): Promise<void> {
    clock.advance(seconds)
    for (const page of pages) await page.evaluate('warning.check()')
  }

  async function openTwoTabs(): Promise<readonly [Page, Page]> {
    const { page, context } = visitor
    await page.goto(`${app.baseUrl}/login?returnTo=/ward`)
    await page.getByRole('heading', { name: 'Ward' }).waitFor()
    const other = await context.newPage()
    await other.goto(`${app.baseUrl}/ward`)
    await page.bringToFront()
    return [page, other]
  }

  it('opens over the page, is read out, and is closed in every tab by the keyboard alone', async () => {
    const [page, other] = await openTwoTabs()
    await pass(800, page, other)
    await dialogOf(other).waitFor()
    await dialogOf(page).waitFor()
    expect(await dialogOf(page).innerText()).toContain('you will be signed out in 2 minutes')
    expect(await dialogOf(page).locator('[aria-live=polite]').textContent()).toMatch(/^You will be signed out in/)
    expect(await visitor.look('session-warning', true)).toEqual([])
    // On the button; and Tab leads to nothing of the page behind it.
    expect(await focused(page)).toBe('Stay signed in')
    await page.keyboard.press('Tab')
    expect(await focused(page)).not.toBe('Start')
    await page.getByRole('button', { name: 'Stay signed in' }).focus()
    await page.keyboard.press('Enter')
    for (const tab of [page, other]) await dialogOf(tab).waitFor({ state: 'hidden' })
    // The Escape key means "I am here".
    await pass(800, page, other)
    await dialogOf(page).waitFor()
    await page.keyboard.press('Escape')
    for (const tab of [page, other]) await dialogOf(tab).waitFor({ state: 'hidden' })
    await pass(0, page, other)
    expect(await Promise.all([page, other].map((tab) => dialogOf(tab).isVisible()))).toEqual([false, false])
  })

  it('offers no more time near the last moment, and tells every tab of the end', async () => {
    const [page, other] = await openTwoTabs()
    for (let minutes = 0; minutes < 12 * 60 - 14; minutes += 14) {
      clock.advance(14 * 60)
      await page.evaluate("fetch('/me')")
    }
    await pass(12 * 3600 - 51 * 14 * 60 - 60, page)
    await dialogOf(page).waitFor()
    expect(await focused(page)).toBe('Continue for now')
    expect(await dialogOf(page).getByRole('button').allInnerTexts()).toEqual(['Continue for now'])
    expect(await visitor.look('session-warning-last', true)).toEqual([])
    await page.keyboard.press('Enter')
    await dialogOf(page).waitFor({ state: 'hidden' })
    await pass(120, page)
    for (const tab of [page, other]) await tab.waitForFunction("document.title === 'Ended: absolute'")
  })

  describe('when the end is due', () => {
    /** A ward whose warning is on the screen and whose minutes pass when the test says so: 2 minutes are left. */
    async function openWarnedWard(): Promise<Page> {
      await signIn()
      const { page } = visitor
      await page.clock.install({ time: clock.now })
      await page.goto(`${app.baseUrl}/ward`)
      await page.waitForFunction('window.warning !== undefined')
      await pass(780, page)
      await dialogOf(page).waitFor()
      return page
    }

    it('waits for an answer that is on its way, and gives the reason', async () => {
      const page = await openWarnedWard()
      let asked = 0
      await page.route('**/session', async (route) => {
        asked++
        await page.clock.runFor(4000)
        expect(await page.title()).toBe('Ward')
        await route.fulfill({ json: { signedIn: false, reason: 'idle' } })
      })
      await page.clock.runFor(121_000)
      await page.waitForFunction("document.title === 'Ended: idle'")
      expect(asked).toBe(1)
    })

    it.each([
      ['without an answer', false],
      ['without an answer, the dialog closed', true],
    ])('takes the page off the screen in ten seconds %s', async (_case, dismissed) => {
      const page = await openWarnedWard()
      if (dismissed) {
        await page.route('**/session', (route) => {
          const now = Math.floor(clock.now / 1000)
          const headers = { Date: new Date(clock.now).toUTCString() }
          return route.fulfill({
            headers,
            json: { signedIn: true, idleExpiresAt: now + 200, absoluteExpiresAt: now + 120 },
          })
        })
        await page.evaluate('window.warning.check()')
        await page.getByRole('button', { name: 'Continue for now' }).click()
        await page.unroute('**/session')
      }
      await page.route('**/session', () => undefined)
      await page.clock.runFor(127_000)
      expect(await page.title()).toBe('Ward')
      await page.clock.runFor(5000)
      expect(await page.title()).toBe('Ended: undefined')
    })
  })
})

function focused(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.textContent')
}
