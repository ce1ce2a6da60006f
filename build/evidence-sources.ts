/** The documents that `express-cis2 evidence` is made from are not packed; their text goes into the program. */
import { readFileSync } from 'node:fs'

export const evidenceSources = {
  name: 'evidence-sources',
  load(id: string) {
    if (!id.replaceAll('\\', '/').endsWith('/src/cli/evidence/facts/sources.ts')) return undefined
    // Tables unpadded.
    const read = (name: string) =>
      readFileSync(`docs/${name}`, 'utf8').replaceAll(/ {2,}/g, ' ').replaceAll(/-{4,}/g, '---')
    // Of the one page, what is about CIS2 alone.
    const [conformance = ''] = read('conformance.md').split('## Evidence that assurance asks for')
    const securityCases = read('security-cases.md').split('\n').flatMap(shownOfCases).join('\n')
    return `export const SOURCES = ${JSON.stringify({ conformance, asvs: read('asvs.md'), securityCases })}`
  },
}

/** Of the attacks, their numbers and where they are tried; what happens in them is told of those that no test shows. */
function shownOfCases(line: string): string[] {
  if (line.startsWith('## ')) return [line]
  if (!line.startsWith('|')) return []
  const [, cases = '', , ...proved] = line.split(/(?<!\\)\|/)
  const isShown = proved.join('|').startsWith(' `test/')
  return [isShown ? ['', cases, '', ...proved].join('|') : line]
}
