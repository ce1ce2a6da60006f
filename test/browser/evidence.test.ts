/** evidence.html in Chromium: no accessibility violations, readable at 320 px, nothing loaded. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser } from 'playwright-core'

import { collect } from '../../src/cli/evidence/collect.js'
import { writeFiles } from '../../src/cli/evidence/write/write-files.js'
import { parseOptions } from '../../src/options/parse-options.js'
import { openBrowser, openVisitor, type Visitor } from './support/browser.js'

jest.setTimeout(120_000)

let folder: string
let browser: Browser
let visitor: Visitor

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cis2-evidence-page-'))
  const options = {
    issuer: 'https://cis2.example:443/realm',
    clientId: 'client',
    clientAuthentication: { method: 'client_secret_post', clientSecret: 'a-secret-of-this-test' },
    baseUrl: 'https://clinic.example/with-a-path',
    aal: 1,
    session: { secret: randomBytes(32).toString('hex'), redis: 'redis://redis.example' },
  } as const
  const report = await collect(
    {
      ...{ options, config: parseOptions(options), createApp: undefined, app: undefined, protectedPaths: [] },
      doctor: false,
    },
    {
      env: {},
      progress: () => undefined,
      listComponents: () =>
        Promise.resolve([{ name: 'a', version: '1.0.0', licence: 'MIT', purl: '', proof: 'run now' }]),
    },
  )
  // Of rows that look alike a few are enough: axe takes its time.
  const { tests, asvs, hazards } = report
  await writeFiles(
    { ...report, tests: tests.slice(0, 4), asvs: asvs.slice(0, 4), hazards: hazards.slice(0, 4) },
    folder,
  )
  browser = await openBrowser()
  visitor = await openVisitor(browser)
})

afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
})

it('can be read by everybody, on a screen and on a telephone', async () => {
  await visitor.page.goto(`file://${join(folder, 'evidence.html')}`)
  expect(await visitor.page.getByRole('heading', { level: 2 }).count()).toBe(11)
  expect(await visitor.look('evidence')).toEqual([])
  expect(visitor.complaints).toEqual([])
  expect(await visitor.page.evaluate("performance.getEntriesByType('resource').length")).toBe(0)
})

it('has its diagrams by name and in words', async () => {
  const pictures = visitor.page.getByRole('img')
  expect(await pictures.count()).toBe(5)
  expect(await visitor.page.getByRole('img', { name: 'Data flow' }).count()).toBe(1)
  expect(readFileSync(join(folder, 'evidence.html'), 'utf8')).toContain(
    'Browser to Application: GET /with-a-path/login',
  )
})

it('prints its tables as tables, with nothing cut off', async () => {
  await visitor.page.emulateMedia({ media: 'print' })
  await visitor.page.setViewportSize({ width: 690, height: 1000 })
  expect(await visitor.page.evaluate('getComputedStyle(document.querySelector("thead")).display')).toBe(
    'table-header-group',
  )
  expect(
    await visitor.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
  ).toBeLessThanOrEqual(0)
})
