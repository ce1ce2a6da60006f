/** OWASP ASVS 5.0, V7 and V10, item by item: from `docs/asvs.md`. */
import type { AsvsRow, Proof, TestRow } from '../report.js'
import { plainText, readTable } from './read-tables.js'
import { wordFor } from './hazards.js'

export const ASVS_HEADINGS = ['V7 Session management', 'V10 OAuth and OIDC']

/** @param page - The text of `docs/asvs.md`. */
export function describeAsvs(page: string, tests: readonly TestRow[]): AsvsRow[] {
  return ASVS_HEADINGS.flatMap((heading) => readTable(page, heading)).map((row) => {
    const ids = [...(row['run by evidence'] ?? '').matchAll(/`([^`]+)`/g)].map(([, id]) => id)
    const shown = tests.filter(({ id }) => ids.includes(id))
    const told = shown.map(({ name, passed }) => `${name}: ${wordFor(passed)}.`)
    const whose = readWhose(row.whose)
    return {
      item: row.item ?? '',
      asks: plainText(row['what it asks'] ?? ''),
      whose,
      how: [plainText(row.how ?? ''), ...told].filter((text) => text !== '').join(' '),
      proof: proofOf(whose, shown.length > 0),
    }
  })
}

function readWhose(text = ''): AsvsRow['whose'] {
  const known = (['ours', 'yours', 'both', 'not applicable'] as const).find((each) => each === text)
  return known ?? 'yours'
}

function proofOf(whose: AsvsRow['whose'], isShown: boolean): Proof {
  if (isShown) return 'run now'
  return whose === 'ours' || whose === 'not applicable' ? 'package test' : 'declare yourself'
}
