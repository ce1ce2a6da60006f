/** What `npm test` lints: a newcomer builds the example first, and what that makes is not ours to write. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { describe, expect, it } from '@jest/globals'

const ROOT = join(__dirname, '../../..')
const PATHS = [
  'dist/index.cjs',
  'example-app/dist/npm-gone.js',
  '.artifacts/a.mjs',
  'example-app/src/npm-gone.ts',
  'src/index.ts',
]

/** Jest cannot import ESLint's configuration; Node can. */
const ASK = `
  import { ESLint } from 'eslint'
  const eslint = new ESLint()
  const ignored = await Promise.all(process.argv.slice(1).map((path) => eslint.isPathIgnored(path)))
  console.log(JSON.stringify(ignored))
`

describe('the linter', () => {
  it('leaves out what commands make, in every folder, and nothing of ours', () => {
    const asked = ['--input-type=module', '--eval', ASK, ...PATHS]
    const answer = execFileSync(process.execPath, asked, { cwd: ROOT, encoding: 'utf8' })
    expect(JSON.parse(answer)).toEqual([true, true, true, false, false])
  })
})
