/** A real Chromium, and what every test in it looks at: accessibility, complaints on the console, pictures. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const DESKTOP = { width: 1280, height: 800 }
/** The narrowest screen that WCAG 2.2 asks for (1.4.10, Reflow). */
const NARROW = { width: 320, height: 640 }
const PHONE = { width: 390, height: 844 }

/** Made when `CIS2_PICTURES` is set, as they cost an eighth of these tests; ignored by git. */
const PICTURES = join(import.meta.dirname, '..', '..', '..', '.artifacts', 'browser')

const arePicturesWanted = process.env.CIS2_PICTURES !== undefined

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export async function openBrowser(): Promise<Browser> {
  mkdirSync(PICTURES, { recursive: true })
  return chromium.launch({ executablePath: process.env.CIS2_CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS })
}

/** A browser window of one person, which remembers what its pages complained about. */
export interface Visitor {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors and warnings of the console, and of scripts; a refusal's own status line is none. */
  readonly complaints: string[]
  /**
   * Looks at the page as it is, at desktop and at 320 px width, and returns what is wrong with it: accessibility
   * violations, and content that runs off a narrow screen. Takes a picture of each where they are wanted.
   * @param onPhone - Also at the width of a usual telephone.
   */
  look(name: string, onPhone?: boolean): Promise<string[]>
  close(): Promise<void>
}

export async function openVisitor(browser: Browser): Promise<Visitor> {
  const context = await browser.newContext({ viewport: DESKTOP })
  // Less than a test may take, so that a failure names what was waited for.
  context.setDefaultTimeout(40_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    // Chromium reports every answer of 400 and above; the refusals here are wanted.
    if (/^Failed to load resource: the server responded with a status of (4\d\d|503)/.test(message.text())) return
    complaints.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => {
    complaints.push(`${page.url()}: ${error.message}`)
  })
  return {
    page,
    context,
    complaints,
    async look(name, onPhone = false) {
      const wrong: string[] = []
      for (const [size, viewport] of Object.entries({
        desktop: DESKTOP,
        narrow: NARROW,
        ...(onPhone && { phone: PHONE }),
      })) {
        await page.setViewportSize(viewport)
        if (arePicturesWanted) await takePicture(page, `${name}-${size}`)
        wrong.push(...(await findProblems(page)).map((problem) => `${name}, ${size}: ${problem}`))
      }
      await page.setViewportSize(DESKTOP)
      return wrong
    },
    close: () => context.close(),
  }
}

/** JPEG: a tall page as PNG costs seconds of computing. */
async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.jpg`), fullPage: true })
}

async function findProblems(page: Page): Promise<string[]> {
  const tooWide = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  // Once a document: the second look at it, on a narrow screen, finds it there.
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axe)
  const violations = await page.evaluate<{ id: string; nodes: { target: string[]; failureSummary: string }[] }[]>(
    // What is in order is counted, not described.
    'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)',
  )
  return [
    ...(tooWide > 0 ? [`${tooWide} px wider than the screen`] : []),
    ...violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
    ),
  ]
}
