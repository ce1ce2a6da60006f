/** Going through the simulator's sign-in pages as a person does. */
import type { AuthenticatorName } from 'express-cis2/simulator'
import type { Page } from 'playwright-core'

import { leadsToNextPage } from './next-page.js'

export interface SignIn {
  with: AuthenticatorName
  /** Name of the person; with a password page, the e-mail address. */
  as: string
  /** Name and organisation of the role, for people who are asked. */
  role?: RegExp
  /** Called on every page, with a short name for it. */
  onPage?: (name: string) => Promise<void>
}

/** From the page "How do you want to sign in?" back to the application. */
export async function signInAtCis2(page: Page, { with: authenticator, as, role, onPage }: SignIn): Promise<void> {
  const seen = onPage ?? (() => Promise.resolve())
  await page.getByRole('heading', { name: 'How do you want to sign in?' }).waitFor()
  await seen('authenticator')
  await page.locator(`input[name="authenticator"][value="${authenticator}"]`).check()
  await next(page, 'Continue')
  await seen('person')
  if (as.includes('@')) await page.getByLabel('Email address or user ID').fill(as)
  else await page.getByRole('radio', { name: as }).check()
  await next(page, 'Continue')
  if (authenticator === 'microsoft-authenticator') {
    await seen('code')
    await next(page, 'Submit')
  }
  if (role) {
    await page.getByRole('heading', { name: 'Choose your role' }).waitFor()
    await seen('role')
    await page.getByRole('radio', { name: role }).check()
    await next(page, 'Continue')
  }
}

async function next(page: Page, button: string): Promise<void> {
  await leadsToNextPage(page, () => page.getByRole('button', { name: button }).click())
}
