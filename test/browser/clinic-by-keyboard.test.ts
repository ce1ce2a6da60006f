/** The example clinic without a mouse: sign-in, the warning before a timeout, sign-out. */
import type { Page } from 'playwright-core'

import { useClinic } from './support/clinic.js'
import { leadsToNextPage } from './support/next-page.js'

// The warning comes soon, and stays for as long as a busy machine takes to look at it.
const clinic = useClinic({ idleTimeoutSeconds: 60, warnBeforeSeconds: 54, checkEverySeconds: 1 })

const focused = (page: Page) =>
  page.evaluate<string>(
    '(document.activeElement?.labels?.[0] ?? document.activeElement)?.innerText.trim().replace(/\\s+/g, " ") ?? ""',
  )

/** A modal dialog lets the focus leave for the browser's own buttons, and for nothing else. */
const whereFocusIs = (page: Page) =>
  page.evaluate<'browser' | 'dialog' | 'page'>(
    'document.activeElement === document.body ? "browser" : document.activeElement.closest("dialog") ? "dialog" : "page"',
  )

/** Presses Tab until the focus is on the thing of that name. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = []
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab')
    const text = await focused(page)
    if (text.startsWith(name)) return
    passed.push(text)
  }
  throw new Error(`Tab does not reach "${name}", only: ${passed.join(' | ')}`)
}

/** Sends what has the focus, and waits for the next page. */
async function pressEnter(page: Page): Promise<void> {
  await leadsToNextPage(page, () => page.keyboard.press('Enter'))
}

async function signInByKeyboard(page: Page, path: string): Promise<void> {
  await clinic.open(path)
  // The first authenticator, a smartcard, is chosen already; so is its first owner.
  await tabTo(page, 'Smartcard')
  await page.keyboard.press('Space')
  await tabTo(page, 'Continue')
  await pressEnter(page)
  await tabTo(page, 'Ngozi Okafor')
  await page.keyboard.press('Space')
  await tabTo(page, 'Continue')
  await pressEnter(page)
  expect(clinic.path()).toBe(path)
}

describe('the example clinic by keyboard alone', () => {
  it('can be signed in to, skipped through and signed out of', async () => {
    const { page } = clinic
    await signInByKeyboard(page, '/patients')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to main content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Margaret Holloway')
    await pressEnter(page)
    expect(await clinic.heading()).toBe('Margaret Holloway')
    await tabTo(page, 'Sign out')
    await pressEnter(page)
    expect(await clinic.heading()).toBe('You have signed out')
  })

  it('warns before the session times out, and stays signed in on Enter and on Escape', async () => {
    const { page } = clinic
    await signInByKeyboard(page, '/patients')
    await tabTo(page, 'Daniel Osei')
    const warning = page.getByRole('dialog', { name: 'You are about to be signed out' })
    for (const key of ['Enter', 'Escape']) {
      await warning.waitFor()
      expect(await focused(page)).toBe('Stay signed in')
      await page.keyboard.press(key)
      await warning.waitFor({ state: 'hidden' })
      // Back to where the user was.
      expect(await focused(page)).toBe('Daniel Osei')
    }
  })

  it('announces the time that is left, keeps the focus inside, and can sign out', async () => {
    const { page } = clinic
    await signInByKeyboard(page, '/patients')
    const warning = page.getByRole('dialog', { name: 'You are about to be signed out' })
    await warning.waitFor()
    expect(await warning.locator('[aria-live="polite"]').innerText()).toMatch(
      /^You will be signed out in \d+ seconds\.$/,
    )
    await clinic.look('warning')
    // Forwards and backwards, more often than the dialog has buttons: never onto the page behind it.
    for (const key of ['Tab', 'Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab']) {
      await page.keyboard.press(key)
      expect(await whereFocusIs(page)).not.toBe('page')
    }
    await tabTo(page, 'Sign out')
    await pressEnter(page)
    expect(await clinic.heading()).toBe('You have signed out')
  })

  it('lets the user go on for now when the longest time is nearly over, and offers to sign in again', async () => {
    const { page, look } = clinic
    await page.route('**/session', (route) => {
      const now = Math.floor(Date.now() / 1000)
      const json = { signedIn: true, idleExpiresAt: now + 900, absoluteExpiresAt: now + 9 }
      return route.fulfill({ json })
    })
    await signInByKeyboard(page, '/patients')
    const warning = page.getByRole('dialog')
    await warning.waitFor()
    expect(await focused(page)).toBe('Continue for now')
    expect(await warning.innerText()).toContain('You have been signed in for as long as is allowed.')
    await look('warning-longest')
    await tabTo(page, 'Sign in again')
    await page.keyboard.press('Escape')
    await warning.waitFor({ state: 'hidden' })
  })

  it('says so when the clinic cannot be reached, and lets the user try again', async () => {
    const { page } = clinic
    await signInByKeyboard(page, '/patients')
    const warning = page.getByRole('dialog')
    await warning.waitFor()
    await page.route('**/session', (route) => route.fulfill({ status: 503 }))
    await page.keyboard.press('Enter')
    const problem = warning.getByText('The clinic could not be reached. Try again.')
    await problem.waitFor()
    expect(await problem.getAttribute('aria-live')).toBe('assertive')
    await page.unroute('**/session')
    await page.keyboard.press('Enter')
    await warning.waitFor({ state: 'hidden' })
  })
})
