import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { CHECKS } from '../../../../src/cli/doctor/findings.js'
import { VARIABLES } from '../../../../src/cli/doctor/read-options.js'

const page = readFileSync(join(__dirname, '../../../../docs/command-line.md'), 'utf8')

/** The text below each third-level heading. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.split('\n', 1)[0], section] as const),
)

describe('docs/command-line.md', () => {
  it('has a heading for each check, in the order of the checks, and no other', () => {
    expect([...sections.keys()]).toEqual([...CHECKS])
  })

  it.each(CHECKS)('tells cause and cure of %s', (check) => {
    expect(sections.get(check)).toMatch(/\*\*Cause\.\*\* \S/)
    expect(sections.get(check)).toMatch(/\*\*Cure\.\*\* \S/)
  })

  it.each(Object.keys(VARIABLES))('names the variable %s', (name) => {
    expect(page).toContain(`\`${name}\``)
  })
})
