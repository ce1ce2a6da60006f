/** docs/reference is made from the doc comments: this says when it is stale, or when a public name says nothing. */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'

import { expect, it } from '@jest/globals'

const ROOT = resolve(__dirname, '..')

it('is as the doc comments say, each of which says something (npm run reference)', () => {
  const program = join(ROOT, 'test/support/commands/write-reference.mjs')
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, '--check'], { cwd: ROOT, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout).toBe('')
  expect(status).toBe(0)
})
