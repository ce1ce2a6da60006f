/** docs/sessions.md names the keys and the scripts that there are, and no others. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createKeys } from '../../../src/session/redis/keys.js'

const SOURCE = 'src/session'
const page = readFileSync('docs/sessions.md', 'utf8')

/** Names at the beginning of the rows, or items, of a section. */
function namesIn(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  return section
    .split('\n')
    .filter((line) => /^[|-] `/.test(line))
    .flatMap((line) => [...(line.slice(1).split(/\||: /)[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

function sources(): string {
  const files = readdirSync(SOURCE, { recursive: true }).map(String)
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(SOURCE, file), 'utf8'))
    .join('\n')
}

it('documents every script, and none that is not there', () => {
  const scripts = [...new Set([...sources().matchAll(/\bscript\(\s*'(\w+)'/g)].map(([, name = '']) => name))]
  expect(scripts.length).toBeGreaterThan(15)
  expect(namesIn('Scripts').sort()).toEqual(scripts.sort())
})

it('documents every key, and none that is not there', () => {
  const keys = createKeys('')
  const named = [
    keys.session('tag', '<name>'),
    keys.tombstone('tag', '<name>'),
    keys.apiTokenTurn('tag', '<name>'),
    keys.sessionsOfUser('tag'),
    keys.sessionsOfSid('tag', '<sid>'),
    keys.pointer('sid'),
    keys.claim('sid', '<token>'),
    keys.claim('tag', '<token>'),
    keys.pending('sign-in'),
    keys.pendingAppData('sign-in'),
    keys.running('sign-in'),
    keys.outcome('sign-in'),
    keys.endings(),
    keys.sessionsWithoutSid('tag'),
    keys.barredWithoutSid('tag'),
    keys.barredUser('tag'),
    keys.barredSid('tag', '<sid>'),
  ]
  expect(namesIn('Keys').sort()).toEqual(named.sort())
})
