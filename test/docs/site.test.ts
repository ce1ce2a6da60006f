/** The documentation site: the pages that `npm run docs:site` makes of the Markdown files. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { PAGES, ROOT, blocksOf } from './pages.js'

const site = mkdtempSync(join(tmpdir(), 'cis2-docs-site-'))
const pages = new Map<string, string>()

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'test/support/site/build-site.mjs'), '--out', site])
  for (const name of readdirSync(site, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.html')) pages.set(name.replaceAll('\\', '/'), readFileSync(join(site, name), 'utf8'))
  }
})

afterAll(() => {
  rmSync(site, { recursive: true, force: true })
})

function addressOf(page: string): string {
  return page === 'README.md' ? 'index.html' : page.replace(/\.md$/, '.html')
}

function idsOf(html: string): string[] {
  return [...html.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id)
}

/** Everything that a page leads to or loads. */
function targetsOf(html: string): string[] {
  return [...html.matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(([, target = '']) => target)
}

function isDead(page: string, target: string): boolean {
  if (/^(?:https?:\/\/|mailto:|data:,$)/.test(target)) return false
  const [path = '', anchor] = target.split('#', 2)
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(site, file))) return true
  return anchor !== undefined && !idsOf(pages.get(file) ?? '').includes(decodeURIComponent(anchor))
}

describe('the documentation site', () => {
  it('has every page, and all that the page says', () => {
    for (const page of PAGES) {
      const html = pages.get(addressOf(page)) ?? ''
      // Mustache and markdown-it escape alike what code has.
      const code = [...html.matchAll(/<pre [^>]*><code>([^]*?)<\/code>/g)].map(([, text = '']) => text)
      expect([page, code.length]).toEqual([page, blocksOf(page).length])
      expect([page, html.match(/<h1 /g)?.length]).toEqual([page, 1])
    }
  })

  it('has no dead link, and none to a Markdown file', () => {
    expect(pages.size).toBeGreaterThan(PAGES.length)
    const targets = [...pages].flatMap(([page, html]) => targetsOf(html).map((target) => [page, target] as const))
    expect(targets.length).toBeGreaterThan(1000)
    expect(targets.filter(([page, target]) => isDead(page, target) || /^(?!https?:).*\.md\b/.test(target))).toEqual([])
  })

  it('has each heading under an id of its own', () => {
    const twice = [...pages].filter(([, html]) => new Set(idsOf(html)).size < idsOf(html).length)
    expect(twice.map(([page]) => page)).toEqual([])
  })

  it('loads nothing from elsewhere, and runs no script but on the search page', () => {
    const loads = [...pages].map(
      ([page, html]) => [page, html.match(/<(?:script|img|link|iframe)\b[^>]*>/g) ?? []] as const,
    )
    expect(loads.filter(([, tags]) => tags.some((tag) => /(?:src|href)="(?:[a-z]+:)?\/\//.test(tag)))).toEqual([])
    expect(loads.filter(([, tags]) => tags.some((tag) => tag.startsWith('<script'))).map(([page]) => page)).toEqual([
      'search.html',
    ])
  })

  it('draws each diagram, with its text below, and fetches no font for it', () => {
    const drawn = PAGES.map((page) => [page, pages.get(addressOf(page))?.match(/<svg role="img" /g)?.length ?? 0])
    const written = PAGES.map((page) => [page, blocksOf(page).filter(({ language }) => language === 'mermaid').length])
    expect(drawn).toEqual(written)
    expect(drawn).toContainEqual(['docs/design.md', 4])
    const styles = [...pages].flatMap(([page, html]) =>
      (html.match(/<style>[^]*?<\/style>/g) ?? []).map((text) => [page, text]),
    )
    expect(styles.filter(([, text = '']) => /@import|url\((?!#)|https?:/.test(text))).toEqual([])
  })

  it('leads from the contents to every page that the index by question names', () => {
    const contents = (pages.get('index.html') ?? '').split('<nav ')[1] ?? ''
    const named = ['guards', 'glossary', 'performance', 'guides/README', 'simulator-other-languages']
    expect(named.filter((name) => !contents.includes(`href="docs/${name}.html"`))).toEqual([])
  })
})
