// The parts of a proof in docs/proof.md: a list at the end of its section, one line for each, written by the command.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '../../../docs/proof.md')

/** Writes the line of a part; returns the lines of all parts, in their order. */
export function recordLine(section, names, name, figures) {
  const page = withLine(readFileSync(PAGE, 'utf8'), { section, names, name, figures })
  writeFileSync(PAGE, page)
  return linesIn(page, section)
}

/** The page with the line of this part in the place of the one before. Parts that there are no more lose theirs. */
export function withLine(page, { section, names, name, figures }) {
  const lines = new Map(linesIn(page, section).map((line) => [nameOf(line), line]))
  lines.set(name, `- \`${name}\`: ${figures}`)
  const list = names.flatMap((each) => lines.get(each) ?? []).join('\n')
  const before = sectionIn(page, section)
  const text = before.replace(LIST, '').trimEnd()
  return page.replace(before, () => `${text}\n\n${list}\n${before.endsWith('\n\n') ? '\n' : ''}`)
}

const LIST = /(?:^- `[\w-]+`: .*\n?)+/m

function linesIn(page, section) {
  return LIST.exec(sectionIn(page, section))?.[0].trim().split('\n') ?? []
}

/** From its heading to the next, or to the end. */
function sectionIn(page, section) {
  const start = page.indexOf(`\n## ${section}\n`)
  if (start === -1) throw new Error(`docs/proof.md has no section "${section}"`)
  const end = page.indexOf('\n## ', start + 1)
  return page.slice(start, end === -1 ? undefined : end + 1)
}

function nameOf(line) {
  return /`([\w-]+)`/.exec(line)?.[1]
}

/** Adds up what stands before a word in each line: `sumOf(['… 1,200 mutants …'], 'mutants')`. */
export function sumOf(lines, word) {
  const number = new RegExp(`([\\d,]+) ${word}\\b`)
  return lines.reduce((sum, line) => sum + Number((number.exec(line)?.[1] ?? '0').replaceAll(',', '')), 0)
}
