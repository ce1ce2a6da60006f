/** What the fuzzer has found to be of use, once more: see test/fuzz/README.md. */
import { existsSync, readFileSync } from 'node:fs'

import { TARGETS } from '../fuzz/targets/index.js'

/** Nothing of a target that is new. */
function corpusOf(target: string): string {
  const file = `test/fuzz/corpus/${target}.jsonl`
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function inputsOf(target: string): Buffer[] {
  const lines = corpusOf(target).split('\n')
  return lines.filter((line) => line !== '').map((line) => Buffer.from(String(JSON.parse(line)), 'latin1'))
}

describe.each(TARGETS)('the parser of $name', (target) => {
  const inputs = [...target.seeds.map((seed) => Buffer.from(seed, 'latin1')), ...inputsOf(target.name)]

  it('keeps its promises for every input that was ever worth keeping', async () => {
    for (const input of inputs) await target.run(input)
    expect(inputs.length).toBeGreaterThan(5)
  })
})

it('keeps a corpus that can be read in a review, without keys in it', () => {
  for (const { name } of TARGETS) {
    const text = corpusOf(name)
    expect(text).toMatch(/^[\x20-\x7e\n]*$/)
    expect(text.length).toBeLessThan(300_000)
    expect(text).not.toMatch(/PRIVATE KEY|"d\\?":/)
  }
})
