/** Texts of an application may hold anything: the documents show it and obey none of it. */
import { hazardCsv } from '../../../../../src/cli/evidence/write/hazard-csv.js'
import { renderBlock } from '../../../../../src/cli/evidence/write/markdown.js'
import { sequenceSvg } from '../../../../../src/cli/evidence/write/sequence-svg.js'

const HOSTILE = '<script>|"=1+1'

it('keeps a Markdown table a table', () => {
  const text = renderBlock({
    ...{ kind: 'table', caption: 'a', columns: ['one', 'two'] },
    rows: [[{ text: HOSTILE }, { text: 'line\nbreak' }]],
  })
  expect(text.split('\n')).toHaveLength(3)
  expect(text).toContain('\\<script\\>\\|"=1+1')
})

it('escapes what a diagram says', () => {
  const svg = sequenceSvg(HOSTILE, [{ from: 'browser', to: 'app', label: HOSTILE }], 'a')
  expect(svg).not.toContain('<script>')
  expect(svg).toMatch(/^<svg [^>]*aria-labelledby="a-title a-desc"/)
})

it('lets no cell of the hazard log become a formula', () => {
  const hazard = {
    id: '=1+1',
    hazard: 'a "b"',
    cause: '',
    effect: '',
    control: '',
    evidence: '',
    proof: 'run now',
  } as const
  expect(hazardCsv([hazard]).split('\r\n')[1]).toMatch(/^"'=1\+1","a ""b""",/)
})
