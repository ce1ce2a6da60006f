/** docs/simulator.md says what the code does. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describeFaults, readSimulatorFile, theCast } from 'express-cis2/simulator'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'simulator.md'), 'utf8')

/** Cells of every row of the page's tables whose first cell is code. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )

describe('docs/simulator.md', () => {
  it('has the table of faults as the code has it, row by row', () => {
    const header = rows.findIndex(([first]) => first === 'Fault')
    const table = rows.slice(header + 2, header + 2 + describeFaults().length)
    expect(table).toEqual(
      describeFaults().map(({ name, place, spoils, atStart, outcome, relyingParty }) => [
        `\`${name}\``,
        `\`${place}\``,
        `${spoils}${atStart ? ' (At start.)' : ''}`,
        `\`${outcome}\``,
        relyingParty,
      ]),
    )
    expect(page).toContain(`There are ${describeFaults().length}.`)
  })

  it('has every user of the cast', () => {
    for (const { name, sub } of theCast()) expect(rows).toContainEqual([name, `\`${sub}\``, expect.any(String)])
  })

  it('shows a file that can be read', async () => {
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
    const folder = await mkdtemp(join(tmpdir(), 'simulator-doc-'))
    const path = join(folder, 'people.json')
    await writeFile(path, example)
    const { users, clients } = await readSimulatorFile(path)
    expect([users?.length, clients?.length]).toEqual([1, 1])
    await rm(folder, { recursive: true })
  })
})

describe('the table of faults', () => {
  it('has at least forty, each under a name of its own and with both descriptions', () => {
    const faults = describeFaults()
    expect(faults.length).toBeGreaterThanOrEqual(40)
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length)
    for (const { name, spoils, relyingParty } of faults) {
      expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/)
      expect(spoils).toMatch(/[.)]$/)
      expect(relyingParty).toMatch(/\.$/)
    }
  })
})
