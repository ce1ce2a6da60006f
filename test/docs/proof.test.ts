/** The rows of docs/proof.md, as the commands write them. */
import { describe, expect, it } from '@jest/globals'

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
