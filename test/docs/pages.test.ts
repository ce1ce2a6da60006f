/** The public documents as a reader goes through them: links, headings, tables, words. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { describe, expect, it } from '@jest/globals'

import { exportsOf } from './compile.js'
import { PAGES, ROOT, read, withoutCode } from './pages.js'

/** The anchors that code hosts make of the headings of a page; the second of a kind gets a number. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>()
  return headingsOf(page).map((heading) => {
    const anchor = heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${String(count)}`
  })
}

function headingsOf(page: string): string[] {
  return [...withoutCode(read(page)).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => heading)
}

/** What a page leads to, those of its pictures too. */
function linksOf(page: string): string[] {
  return [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

function brokenLinksOf(page: string): string[] {
  return linksOf(page).filter((target) => {
    if (/^[a-z]+:/.test(target)) return false
    const [path = '', anchor] = target.split('#', 2)
    const file = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(ROOT, file))) return true
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor)
  })
}

/** The pages that are in the package: `files` of package.json says which are for the repository alone. */
function packedPages(): string[] {
  const { files } = JSON.parse(read('package.json')) as { readonly files: readonly string[] }
  const left = files.filter((name) => name.startsWith('!')).map((name) => name.slice(1))
  const pictures = readdirSync(join(ROOT, 'docs/images')).map((name) => `docs/images/${name}`)
  return [...PAGES, ...pictures, 'LICENSE', 'CHANGELOG.md', 'SECURITY.md'].filter(
    (page) => !left.some((name) => page === name || page.startsWith(`${name}/`)),
  )
}

/** Headings that are followed by nothing, or at once by one of their own level or above. */
function emptyHeadingsOf(page: string): string[] {
  const lines = read(page)
    .replaceAll(/^[ \t]*```[\s\S]*?^[ \t]*```$/gm, 'code')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.filter((line, index) => {
    const level = levelOf(line)
    const next = lines[index + 1]
    return level > 0 && (next === undefined || (levelOf(next) > 0 && levelOf(next) <= level))
  })
}

function levelOf(line: string): number {
  return /^(#{1,6}) /.exec(line)?.[1]?.length ?? 0
}

/** Where a list would not do, and why. */
const WIDE_TABLES: Readonly<Record<string, { readonly most: number; readonly why: string }>> = {
  'docs/asvs.md': { most: 2, why: 'read by `evidence`, column by column' },
  'docs/conformance.md': { most: 5, why: 'read by `evidence`, column by column' },
  'docs/security-cases.md': { most: 15, why: 'read by `evidence`, column by column' },
  'docs/performance.md': { most: 5, why: 'figures, compared down the column' },
  'docs/proof.md': { most: 1, why: 'written by commands, one row for each' },
  'docs/simulator.md': { most: 1, why: 'the faults: 123 rows of five columns, compared with the code' },
  'docs/simulator-other-languages.md': { most: 1, why: 'two environments compared, row by row' },
}

function wideTablesOf(page: string): number {
  const tables = withoutCode(read(page)).match(/(?:^\|.*\n)+/gm) ?? []
  return tables.filter((table) => table.split('\n').some((line) => line.length > 100)).length
}

describe('the public documents', () => {
  const others = ['example-app/README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']

  it.each([...PAGES, ...others])('link to files and headings that exist: %s', (page) => {
    expect(brokenLinksOf(page)).toEqual([])
  })

  it('link, in what is packed, only to what is packed: whoever has the package alone can follow them, and sees the pictures', () => {
    const packed = packedPages()
    const pages = packed.filter((file) => file.endsWith('.md'))
    const lost = pages.flatMap((page) =>
      linksOf(page)
        .filter((target) => !/^(?:[a-z]+:|#)/.test(target))
        .map((target) => join(dirname(page), target.split('#', 1)[0] ?? ''))
        .filter((file) => !packed.includes(file))
        .map((file) => `${page} to ${file}`),
    )
    expect(lost).toEqual([])
  })

  it('have something to say below every heading', () => {
    expect(PAGES.flatMap((page) => emptyHeadingsOf(page).map((heading) => `${page}: ${heading}`))).toEqual([])
  })

  it('have no table that is wider than 100 characters where a list would do', () => {
    const wide = [...PAGES, ...others]
      .filter((page) => !page.startsWith('docs/reference/'))
      .map((page) => [page, wideTablesOf(page)] as const)
      .filter(([, count]) => count > 0)
    expect(wide.filter(([page, count]) => count > (WIDE_TABLES[page]?.most ?? 0))).toEqual([])
    const still = wide.map(([page]) => page)
    expect(Object.keys(WIDE_TABLES).filter((page) => !still.includes(page))).toEqual([])
  })

  it('are all found from the index', () => {
    const indexes = ['', 'guides/', 'porting/', 'reference/'].map((folder) => `docs/${folder}README.md`)
    const found = indexes.flatMap((index) =>
      linksOf(index).map((target) => join(dirname(index), target.split('#', 1)[0] ?? '')),
    )
    // Pages of the repository alone are named there, for a link would lead nowhere in the package.
    const named = [...read('docs/README.md').matchAll(/`(docs\/[\w-]+\.md)`/g)].map(([, page = '']) => page)
    const lost = PAGES.filter((page) => !['README.md', ...indexes, ...found, ...named].includes(page))
    expect(lost).toEqual([])
  })

  it('name every public export in the reference', () => {
    const pages = readdirSync(join(ROOT, 'docs/reference')).map((page) => read(`docs/reference/${page}`))
    const names = exportsOf('src/index.ts')
    expect(names).toContain('cis2Auth')
    expect(names.filter((name) => !pages.some((page) => page.includes(`## \`${name}\``)))).toEqual([])
  })

  it.each([
    { page: 'docs/security-cases.md', least: 100 },
    { page: 'docs/asvs.md', least: 25 },
  ])('cite in $page only files that exist', ({ page, least }) => {
    const files = [...read(page).matchAll(/`(test\/[^`\s]+)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(least)
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })

  it('cite in docs/conformance.md only tests that exist', () => {
    const citations = [...read('docs/conformance.md').matchAll(/`((?:example-app\/)?test\/[^`\s]+\.ts)`: "([^"]+)"/g)]
    expect(citations.length).toBeGreaterThan(0)
    const missing = citations.filter(([, file = '', name = '']) => {
      return !existsSync(join(ROOT, file)) || !read(file).replaceAll("\\'", "'").includes(name)
    })
    expect(missing.map(([citation]) => citation)).toEqual([])
  })
})

describe('docs/troubleshooting.md', () => {
  it('has at least 40 symptoms, each with what is seen, cause, cure and how to be sure', () => {
    const symptoms = read('docs/troubleshooting.md').split(/^### /m).slice(1)
    expect(symptoms.length).toBeGreaterThanOrEqual(40)
    const parts = ['You see', 'Cause', 'Cure', 'Be sure'].map((part) => `- **${part}:** `)
    expect(symptoms.filter((text) => !parts.every((part) => text.includes(part)))).toEqual([])
  })

  it('has every code of an error, every reason of a refused sign-in, and every check of doctor', () => {
    const page = read('docs/troubleshooting.md')
    const errors = read('docs/errors.md')
    const [, afterReasons = ''] = errors.split('The reasons, each with cause and cure:')
    const reasons = [...(afterReasons.split('\n## ')[0] ?? '').matchAll(/^- `([a-z-]+)`: /gm)]
    const codes = [...errors.matchAll(/^## (CIS2_\w+)$/gm)]
    const checks = [...read('docs/command-line.md').matchAll(/^### ([a-z-]+)$/gm)]
    expect([reasons.length > 20, codes.length > 15, checks.length > 30]).toEqual([true, true, true])
    const names = [...reasons, ...codes, ...checks].map(([, name = '']) => name)
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('names only checks of doctor that there are', () => {
    const checks = new Set([...read('docs/command-line.md').matchAll(/^### (\S+)$/gm)].map(([, name]) => name))
    const named = [...read('docs/troubleshooting.md').matchAll(/`doctor`[^.\n]*?(?:at|for) ([^.;\n]*)/g)]
    const asked = named.flatMap(([, list = '']) => [...list.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name))
    expect(asked.length).toBeGreaterThan(20)
    expect(asked.filter((name) => !checks.has(name))).toEqual([])
  })
})

describe('the first five minutes of README.md', () => {
  it('are told in the words of the pages', () => {
    const tour = read('README.md').split('## Five minutes')[1]?.split('\n## ')[0] ?? ''
    const quoted = [...tour.matchAll(/"([^"]+)"/g)].map(([, words = '']) => words.replaceAll(/\s+/g, ' '))
    expect(quoted.length).toBeGreaterThan(8)
    const pages = ['example-app/views', 'example-app/src', 'src/simulator'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true })
        .map(String)
        .filter((name) => /\.(?:njk|ts)$/.test(name))
        .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
    )
    expect(quoted.filter((words) => !pages.some((text) => text.includes(words)))).toEqual([])
  })
})
