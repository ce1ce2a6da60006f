/** The rows of docs/proof.md, as the commands write them. */
import { describe, expect, it } from '@jest/globals'

import { sumOf, withLine } from '../support/commands/proof-lines.mjs'
import { PROOFS, withRow, type ProofRun } from '../support/commands/proof-page.mjs'
import { read } from './pages.js'

const RUN: ProofRun = {
  proof: 'sign-ins',
  command: 'npm run test:long -- --count 5000',
  count: 5000,
  figures: '2,500 hostile',
  seed: 7,
  seconds: 61.4,
  passed: true,
  date: new Date('2026-11-28T12:00:00Z'),
}
const EMPTY = 'Before.\n\n| proof | command | count |\n| --- | --- | --- |\n\nAfter.\n'

function rowOf(page: string, title: string): string[] {
  const line = page.split('\n').find((one) => one.startsWith(`| ${title} `)) ?? ''
  return line.split('|').map((cell) => cell.trim())
}

describe('docs/proof.md', () => {
  it('has a row for each proof, and a section that explains it', () => {
    const page = read('docs/proof.md')
    for (const { title } of Object.values(PROOFS)) {
      expect(rowOf(page, title)).toHaveLength(11)
      expect(page).toContain(`\n## ${title}\n`)
    }
  })

  it('shows no proof that failed', () => {
    expect(read('docs/proof.md')).not.toContain('**failed**')
  })

  it('gets the row of a run, and keeps those of the others', () => {
    const soak = withRow(EMPTY, { ...RUN, proof: 'soak', count: 60, figures: 'flat | all of it' })
    const page = withRow(soak, RUN)
    const [, title, command, count, figures, seed, seconds, date, machine, result] = rowOf(page, 'Sign-ins')
    expect([title, command, count, figures]).toEqual(['Sign-ins', `\`${RUN.command}\``, '5,000', '2,500 hostile'])
    expect([seed, seconds, date, result]).toEqual(['7', '61', '2026-11-28', 'held'])
    expect(machine).toMatch(/^\d+ cores, Node \d+$/)
    expect(page).toContain(' flat \\| all of it ')
    expect(rowOf(page, 'Fuzzing')).toContain('not run')
    expect(page).toMatch(/^Before\.\n\n\| proof [^]*\|\n\nAfter\.\n$/)
  })

  it('keeps a greater run when a smaller one holds, but for one as great as promised', () => {
    const page = withRow(EMPTY, RUN)
    expect(withRow(page, { ...RUN, count: 4999 })).toBe(page)
    expect(rowOf(withRow(page, { ...RUN, count: 5001 }), 'Sign-ins')).toContain('5,001')
    const great = withRow(page, { ...RUN, count: 2_000_000 })
    expect(rowOf(withRow(great, { ...RUN, count: 1_000_000 }), 'Sign-ins')).toContain('1,000,000')
  })

  it('hides no failure behind a greater run', () => {
    const page = withRow(withRow(EMPTY, RUN), { ...RUN, count: 3, passed: false })
    expect(rowOf(page, 'Sign-ins')).toContain('**failed**')
  })
})

describe('the parts of a proof', () => {
  const page = '# P\n\n## Fuzzing\n\nText.\n\n## Soak\n\nMore.\n'
  const line = { section: 'Fuzzing', names: ['cookie', 'state'], figures: '1,200 inputs' }

  it('are a list at the end of its section, in their order, each with its latest figures', () => {
    const once = withLine(page, { ...line, name: 'state' })
    const twice = withLine(withLine(once, { ...line, name: 'cookie' }), { ...line, name: 'state', figures: '7 inputs' })
    expect(twice).toBe(
      '# P\n\n## Fuzzing\n\nText.\n\n- `cookie`: 1,200 inputs\n- `state`: 7 inputs\n\n## Soak\n\nMore.\n',
    )
  })

  it('are gone with what they are of', () => {
    const once = withLine(page, { ...line, name: 'state' })
    expect(withLine(once, { ...line, names: ['cookie'], name: 'cookie' })).not.toContain('`state`')
  })

  it('are added up', () => {
    expect(sumOf(['- `a`: 1,200 inputs', '- `b`: 7 inputs, 3 kept'], 'inputs')).toBe(1207)
  })
})

describe('the changes of code that are listed as alike', () => {
  const listed = JSON.parse(read('test/mutants/equivalent.json')) as Record<string, Record<string, string>[]>

  it('each give a reason, and change a line that is there', () => {
    for (const { file = '', line = '', from = '', reason = '' } of Object.values(listed).flat()) {
      expect(reason).toMatch(/\w{3}.*[.]$/)
      const source = read(file)
      expect(source).toContain(line)
      expect(source).toContain(from)
    }
  })
})
