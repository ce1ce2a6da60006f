/** Waiting for the page that comes next, also when it has the same address. */
import type { Page } from 'playwright-core'

/** Does something that leads to another page, and waits until that one is there. */
export async function leadsToNextPage(page: Page, act: () => Promise<void>): Promise<void> {
  const next = page.waitForEvent('load')
  await Promise.all([next, act()])
}
