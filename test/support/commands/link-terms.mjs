// `node test/support/commands/link-terms.mjs`: links each term of docs/glossary.md where a page first has it.
// With `--check`: prints what it looks for and, page by page, the terms that stand there without a link.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'

import { unlinkedTerms, withTermsLinked } from '../glossary/link-terms.mjs'
import { TERMS } from '../glossary/terms.mjs'

const ROOT = join(import.meta.dirname, '../../..')
const GLOSSARY = 'docs/glossary.md'

/** The reference is written with its links: `npm run reference`. */
const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((page) => page.endsWith('.md') && page !== GLOSSARY && !page.startsWith('docs/reference/')),
]

if (process.argv.includes('--check')) {
  const unlinked = pages.map((page) => [page, unlinkedTerms(read(page)).map(({ anchor }) => anchor)])
  console.log(JSON.stringify({ looksFor: TERMS.map(({ anchor }) => anchor), unlinked: Object.fromEntries(unlinked) }))
} else {
  for (const page of pages) {
    const text = withTermsLinked(read(page), posix.relative(posix.dirname(page), GLOSSARY))
    writeFileSync(join(ROOT, page), text)
  }
}

function read(page) {
  return readFileSync(join(ROOT, page), 'utf8')
}
