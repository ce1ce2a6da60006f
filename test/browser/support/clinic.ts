/** The example clinic with its simulator and a browser, for the tests of one file. */
import type { Browser, Page } from 'playwright-core'

import { startDemonstration } from '../../../example-app/src/demonstration.js'
import type { Demonstration, DemonstrationSettings } from '../../../example-app/src/demonstration.js'
import { freePort } from '../../support/free-port.js'
import { openBrowser, openVisitor } from './browser.js'
import type { Visitor } from './browser.js'

export interface Clinic {
  readonly demonstration: Demonstration
  /** Of the person who sits at the screen; every test begins with a new one. */
  readonly page: Page
  readonly context: Visitor['context']
  /** Takes pictures of the page as it is, and remembers what is wrong with it: the test then fails at its end. */
  look(name: string, onPhone?: boolean): Promise<void>
  open(path: string): Promise<void>
  heading(): Promise<string>
  /** The text of the header: who is signed in, in which role. */
  header(): Promise<string>
  main(): Promise<string>
  /** Path and query, when the page is the clinic's. */
  path(): string
}

/** Starts all three before the tests of a file and ends them afterwards; every page must be without complaints. */
export function useClinic(settings: Partial<DemonstrationSettings> = {}): Clinic {
  // Pictures and accessibility checks take seconds where four of these run side by side.
  jest.setTimeout(90_000)
  let browser: Browser
  let demonstration: Demonstration
  let visitor: Visitor
  let problems: string[]

  beforeAll(async () => {
    browser = await openBrowser()
    demonstration = await startDemonstration({ port: await freePort(), simulatorPort: 0, ...settings })
  })
  afterAll(async () => {
    await browser.close()
    await demonstration.stop()
  })
  beforeEach(async () => {
    visitor = await openVisitor(browser)
    problems = []
  })
  afterEach(async () => {
    const { complaints } = visitor
    await visitor.close()
    expect({ complaints, problems }).toEqual({ complaints: [], problems: [] })
  })

  return {
    get demonstration() {
      return demonstration
    },
    get page() {
      return visitor.page
    },
    get context() {
      return visitor.context
    },
    async look(name, onPhone) {
      problems.push(...(await visitor.look(name, onPhone)))
    },
    async open(path) {
      await visitor.page.goto(demonstration.baseUrl + path)
    },
    heading: async () => visitor.page.locator('h1').innerText(),
    header: async () => visitor.page.getByRole('banner').innerText(),
    main: async () => visitor.page.getByRole('main').innerText(),
    path() {
      const { origin, pathname, search } = new URL(visitor.page.url())
      return origin === demonstration.baseUrl ? pathname + search : `elsewhere: ${origin}`
    },
  }
}
