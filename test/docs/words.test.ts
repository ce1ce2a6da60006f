/** Plain words: a reading age that a tool measures, and terms that the glossary explains. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { describe, expect, it } from '@jest/globals'

import { PAGES, ROOT, read, withoutCode } from './pages.js'

/** Read by everybody who begins, or in trouble. */
const FIRST_PAGES = [
  'README.md',
  'docs/README.md',
  'docs/faq.md',
  'docs/glossary.md',
  'docs/guards.md',
  'docs/options.md',
]
FIRST_PAGES.push('docs/errors.md', 'docs/onboarding.md', 'docs/signed-in.md', 'docs/troubleshooting.md')

/** Pages for reviewers, most of them names and figures. */
const FOR_REVIEWERS = ['docs/asvs.md', 'docs/security-cases.md']

it('the documents can be read at 13 on the first pages, and at 16 on the others', () => {
  const program = join(ROOT, 'test/support/commands/reading-age.mjs')
  const { stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  const ages = Object.entries(JSON.parse(stdout) as Record<string, number>)
  expect(ages.length).toBeGreaterThan(45)
  const hard = ages.filter(
    ([page, age]) => !FOR_REVIEWERS.includes(page) && age > (FIRST_PAGES.includes(page) ? 13 : 16),
  )
  expect(hard).toEqual([])
})

describe('the terms of the glossary', () => {
  const program = join(ROOT, 'test/support/commands/link-terms.mjs')
  const { stdout } = spawnSync(process.execPath, [program, '--check'], { encoding: 'utf8' })
  const { looksFor, unlinked } = JSON.parse(stdout) as { looksFor: string[]; unlinked: Record<string, string[]> }

  it('are linked where a page first has them, in prose or as a code span', () => {
    expect(Object.keys(unlinked).length).toBeGreaterThan(40)
    // `node test/support/commands/link-terms.mjs` links them.
    expect(Object.entries(unlinked).filter(([, terms]) => terms.length > 0)).toEqual([])
  })

  it('are looked for, every entry that there is', () => {
    const entries = [...read('docs/glossary.md').matchAll(/^## (.+)$/gm)].map(([, entry = '']) => entry)
    expect(looksFor).toEqual(entries.map((entry) => entry.toLowerCase().replaceAll(' ', '-')))
  })

  it('are linked once on a page, and in no heading', () => {
    const targets = (text: string) => [...text.matchAll(/glossary\.md#([\w-]+)\)/g)].map(([, anchor = '']) => anchor)
    const pages = PAGES.filter((page) => page !== 'docs/glossary.md')
    const often = pages.flatMap((page) => {
      const linked = targets(read(page))
      return linked.filter((anchor, place) => linked.indexOf(anchor) !== place).map((anchor) => `${page}: ${anchor}`)
    })
    expect(often).toEqual([])
    expect(pages.filter((page) => /^#.*glossary\.md#/m.test(withoutCode(read(page))))).toEqual([])
  })
})
