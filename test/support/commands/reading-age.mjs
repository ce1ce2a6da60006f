// `node test/support/commands/reading-age.mjs`: the reading age of each page in years, by Flesch and Kincaid's grade of its sentences.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import readability from 'text-readability'

const root = join(import.meta.dirname, '..', '..', '..')
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
]

/** A school grade begins at five years. */
const YEARS_BEFORE_SCHOOL = 5

console.log(
  JSON.stringify(Object.fromEntries(pages.map((page) => [page, ageOf(readFileSync(join(root, page), 'utf8'))]))),
)

function ageOf(markdown) {
  return Math.round((readability.fleschKincaidGrade(sentencesOf(markdown)) + YEARS_BEFORE_SCHOOL) * 10) / 10
}

/** Prose alone: no code, tables, headings, pictures and addresses. A name in code counts as one short word. */
function sentencesOf(markdown) {
  return markdown
    .replace(/^[ \t]*```[\s\S]*?^[ \t]*```$/gm, '')
    .replace(/^(?:\||#).*$/gm, '')
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`[^`]*`/g, 'it')
    .replace(/<[^>]*>|[*_>]/g, '')
    .replace(/^\s*(?:- (?:\[ \] )?|\d+\. )/gm, '')
    .split(/\n{2,}/)
    .map((part) => part.replace(/\s+/g, ' ').trim())
    .filter((part) => part.split(' ').length > 4)
    .map((part) => (/[.!?]$/.test(part) ? part : `${part.replace(/:$/, '')}.`))
    .join(' ')
}
