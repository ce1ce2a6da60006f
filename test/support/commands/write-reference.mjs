// npm run reference [-- --check]: writes docs/reference anew from the doc comments, or says what is stale or silent.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { format, resolveConfig } from 'prettier'

import { withTermsLinked } from '../glossary/link-terms.mjs'
import { buildReference, silentNames } from './reference.mjs'

const folder = resolve(import.meta.dirname, '../../../docs/reference')
const pages = new Map()
for (const [name, text] of buildReference()) {
  const filepath = join(folder, name)
  const linked = withTermsLinked(text, '../glossary.md')
  pages.set(name, await format(linked, { ...(await resolveConfig(filepath)), filepath }))
}

if (process.argv.includes('--check')) {
  const stale = [...pages]
    .filter(([name, text]) => read(name) !== text)
    .map(([name]) => `stale: docs/reference/${name}`)
  const problems = [...silentNames(), ...stale]
  for (const problem of problems) console.log(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
} else {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(join(folder, name))
  for (const [name, text] of pages) writeFileSync(join(folder, name), text)
}

function read(name) {
  const file = join(folder, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
