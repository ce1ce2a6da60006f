/** The documentation site in Chromium: read by everybody from any server, and searched from a disk, without one. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import express from 'express'
import type { Browser } from 'playwright-core'

import { openBrowser, openVisitor, type Visitor } from './support/browser.js'

jest.setTimeout(120_000)

const ROOT = join(import.meta.dirname, '..', '..')

let site: string
let server: Server
let origin: string
let browser: Browser
let visitor: Visitor

beforeAll(async () => {
  site = mkdtempSync(join(tmpdir(), 'cis2-docs-site-'))
  execFileSync(process.execPath, [join(ROOT, 'test/support/site/build-site.mjs'), '--out', site])
  server = express().use(express.static(site)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await openBrowser()
  visitor = await openVisitor(browser)
})

afterAll(async () => {
  await browser.close()
  server.close()
  rmSync(site, { recursive: true, force: true })
})

it.each([
  { page: 'index.html', name: 'index' },
  { page: 'docs/guards.html', name: 'guards' },
  { page: 'docs/telemetry.html', name: 'telemetry' },
  // With diagrams.
  { page: 'docs/design.html', name: 'design' },
  { page: 'search.html?q=AAL3', name: 'search' },
])('can be read by everybody, on a screen and on a telephone: $page', async ({ page, name }) => {
  await visitor.page.goto(`${origin}/${page}`)
  expect(await visitor.look(`docs-site-${name}`, true)).toEqual([])
  expect(visitor.complaints).toEqual([])
})

it('can be read in the dark', async () => {
  await visitor.page.emulateMedia({ colorScheme: 'dark' })
  await visitor.page.goto(`${origin}/docs/guards.html`)
  expect(await visitor.look('docs-site-dark')).toEqual([])
  await visitor.page.emulateMedia({ colorScheme: 'light' })
})

it('finds by keyboard alone what AAL3 is', async () => {
  const { page } = visitor
  const tabTo = async (selector: string) => {
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab')
      if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
    }
    throw new Error(`Not reached by Tab: ${selector}`)
  }
  await page.goto(pathToFileURL(join(site, 'index.html')).href)
  await tabTo('#q')
  await page.keyboard.type('AAL3')
  await page.keyboard.press('Enter')
  await page.waitForURL(/search\.html\?q=AAL3$/)
  await page.getByRole('status').getByText('“AAL3”').waitFor()
  await tabTo('.skip')
  await page.keyboard.press('Enter')
  await tabTo('#results a[href*="glossary.html"], #results a[href*="guards.html"]')
  await page.keyboard.press('Enter')
  await page.waitForURL(/docs\/(?:glossary|guards)\.html/)
  expect(await page.getByRole('main').textContent()).toContain('AAL3')
  expect(visitor.complaints).toEqual([])
})
