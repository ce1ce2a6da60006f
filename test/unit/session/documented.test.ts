/** docs/sessions.md names the keys and the scripts that there are, and no others. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createKeys } from '../../../src/session/redis/keys.js'

const SOURCE = 'src/session'
const page = readFileSync('docs/sessions.md', 'utf8')

/** First cells of the rows of the section's tables. */
function firstCells(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

function sources(): string {
  const files = readdirSync(SOURCE, { recursive: true }).map(String)
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(SOURCE, file), 'utf8'))
    .join('\n')
}

it('documents every script, and none that is not there', () => {
  const scripts = [...sources().matchAll(/\bscript\(\s*'(\w+)'/g)].map(([, name = '']) => name)
  expect(scripts.length).toBeGreaterThan(15)
  expect(firstCells('Scripts').sort()).toEqual(scripts.sort())
})

it('documents every key, and none that is not there', () => {
  const keys = createKeys('')
  const named = [
    keys.session('tag', '<name>'),
    keys.epitaph('tag', '<name>'),
    keys.sessionsOfUser('tag'),
    keys.sessionsOfSid('tag', '<sid>'),
    keys.pointer('sid'),
    keys.claim('sid', '<token>'),
    keys.claim('tag', '<token>'),
    keys.pending('sign-in'),
    keys.pendingAppData('sign-in'),
    keys.running('sign-in'),
    keys.outcome('sign-in'),
    // Known to the scripts alone.
    `${keys.base('tag')}k`,
    `${keys.base('tag')}d:<sid>`,
  ]
  expect(firstCells('Keys').sort()).toEqual(named.sort())
})

it('knows every key that a script puts together', () => {
  const kinds = [...sources().matchAll(/(?:base|ARGV\[1\]) \.\. '(\w+:?)'/g)].map(([, kind = '']) => kind)
  expect([...new Set(kinds)].sort()).toEqual(['d:', 'e:', 'i:', 'k', 's:', 'u'])
})
