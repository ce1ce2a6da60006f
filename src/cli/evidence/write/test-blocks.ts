/** The fourth part: all tests in a table, then each with its request, answer and sequence. */
import type { EvidenceReport, TestRow } from '../report.js'
import { type Block, type Cell, paragraph, table } from './blocks.js'
import { sequenceSvg } from './sequence-svg.js'

const AGAINST: Readonly<Record<TestRow['against'], string>> = {
  application: 'your application',
  'running application': 'your running application',
  configuration: "a small application of this package's, with your options",
}

export function testBlocks({ tests: rows, about }: EvidenceReport): Block[] {
  return [
    paragraph('Run now. Levels, scopes, times, routes and pages were yours; what reaches the world was replaced:'),
    table(
      'What stood in for what',
      ['Option', 'In the rehearsal', 'Proof'],
      about.replaced.map(({ option, by, proof }) => [option, by, proof]),
    ),
    table(
      'All tests',
      ['Test', 'Against', 'Result', 'Expected', 'Answer', 'Audit event', 'Proof'],
      rows.map(({ name, against, passed, expected, answer, event, proof }) => [
        ...[name, AGAINST[against], passedCell(passed), expected, answer, event === '' ? 'none' : event, proof],
      ]),
    ),
    ...rows.flatMap(test),
  ]
}

function test(row: TestRow, index: number): Block[] {
  const { name, against, request: sent, expected, answer, event, at, milliseconds, messages, passed, proof } = row
  const heading: Block = { kind: 'heading', text: `${name} (${passedCell(passed).text})`, anchor: `test-${index + 1}` }
  const facts = table(
    `${name}: request and answer`,
    ['', 'What'],
    [
      ['Against', AGAINST[against]],
      ['Request', sent],
      ['Expected', expected],
      ['Answer', answer],
      ['Audit event', event === '' ? 'none' : event],
      ['Time', `${at}, ${milliseconds} ms`],
      ['Proof', proof],
    ],
  )
  if (messages.length === 0) return [heading, facts]
  const words = messages.map(({ from, to, label }) => `${from} to ${to}: ${label}`).join('; ')
  return [heading, facts, { kind: 'picture', svg: sequenceSvg(name, messages, `sequence-${index + 1}`), name, words }]
}

function passedCell(passed: TestRow['passed']): Cell {
  if (passed === null) return { text: 'not run', state: 'open' }
  return passed ? { text: 'passed', state: 'good' } : { text: 'failed', state: 'bad' }
}
