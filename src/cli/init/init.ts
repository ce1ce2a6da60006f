/** `express-cis2 init`: the first files of an application, which run as they are. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

import { DEMO_CLIENT } from '../../simulator/index.js'
import { CliError } from '../io.js'
import { makeFolder, writeNewFile } from '../new-file.js'
import * as templates from './templates.js'

export interface InitFlags {
  /** Undefined: where there is a `tsconfig.json`. */
  readonly typescript?: boolean
  readonly out: string
}

export interface Written {
  readonly folder: string
  readonly typescript: boolean
  /** Names of the files that were made. */
  readonly files: readonly string[]
  /** Names of those that were there already, and are needed too. */
  readonly kept: readonly string[]
  /** What to run next, one command a line. */
  readonly next: readonly string[]
}

interface NewFile {
  readonly name: string
  readonly text: string
  readonly mode: number
}

/** Writes the files, or none: what exists is never overwritten. Rejects with a {@link CliError}. */
export async function init({ typescript, out }: InitFlags): Promise<Written> {
  const folder = resolve(out)
  const language = { typescript: typescript ?? existsSync(join(folder, 'tsconfig.json')) }
  const own = ownFiles(language)
  const there = own.filter(({ name }) => existsSync(join(folder, name)))
  if (there.length > 0) {
    const names = there.map(({ name }) => name).join(', ')
    throw new CliError(`Already in ${folder}: ${names}. Nothing is ever overwritten, so nothing was written.`, {
      exitCode: 1,
    })
  }
  const usual = usualFiles(language, folder)
  const missing = usual.filter(({ name }) => !existsSync(join(folder, name)))
  await makeFolder(folder)
  for (const { name, text, mode } of [...own, ...missing]) await writeNewFile(join(folder, name), text, mode)
  return {
    folder,
    ...language,
    files: [...own, ...missing].map(({ name }) => name),
    kept: usual.filter((file) => !missing.includes(file)).map(({ name }) => name),
    next: nextCommands(
      folder,
      language,
      missing.some(({ name }) => name === 'package.json'),
    ),
  }
}

function ownFiles(language: templates.Language): NewFile[] {
  const { clientId, clientSecret = '' } = DEMO_CLIENT
  const extension = language.typescript ? 'ts' : 'mjs'
  const secret = randomBytes(32).toString('base64url')
  return [
    { name: `app.${extension}`, text: templates.applicationText(language), mode: 0o644 },
    { name: `app.test.${extension}`, text: templates.testText(language), mode: 0o644 },
    { name: '.env', text: templates.environmentText({ clientId, clientSecret }, secret), mode: 0o600 },
  ]
}

/** What most folders have already. */
function usualFiles(language: templates.Language, folder: string): NewFile[] {
  const name =
    basename(folder)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'clinic'
  return [
    { name: 'package.json', text: templates.manifestText(language, name), mode: 0o644 },
    { name: '.gitignore', text: templates.ignoreText(), mode: 0o644 },
  ]
}

function nextCommands(folder: string, { typescript }: templates.Language, hasOwnScripts: boolean): string[] {
  const needed = ['express', 'express-cis2', 'ioredis']
  const forDevelopment = [
    'supertest',
    ...(typescript ? ['tsx', 'typescript', '@types/express', '@types/node', '@types/supertest'] : []),
  ]
  const runner = typescript ? 'npx tsx' : 'node'
  const extension = typescript ? 'ts' : 'mjs'
  const below = relative(process.cwd(), folder)
  const where = below.startsWith('..') ? folder : below
  return [
    ...(where === '' ? [] : [`cd ${JSON.stringify(where)}`]),
    ...install('npm install', missingIn(folder, needed)),
    ...install('npm install --save-dev', missingIn(folder, forDevelopment)),
    hasOwnScripts ? 'npm test' : `${runner} --test app.test.${extension}`,
    'npx express-cis2 simulator',
    hasOwnScripts ? 'npm start' : `${runner} app.${extension}`,
  ]
}

function install(command: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${command} ${names.join(' ')}`]
}

function missingIn(folder: string, names: readonly string[]): string[] {
  return names.filter((name) => !isInstalled(folder, name))
}

/** In the folder, or in one above it, where Node.js looks too. */
function isInstalled(folder: string, name: string): boolean {
  if (existsSync(join(folder, 'node_modules', name, 'package.json'))) return true
  return dirname(folder) !== folder && isInstalled(dirname(folder), name)
}

/** What was written, and what to do now. */
export function describeWritten({ folder, files, kept, next }: Written): string {
  const ignored = kept.includes('.gitignore') ? readFileSync(join(folder, '.gitignore'), 'utf8') : '.env'
  const [start, simulator, ...first] = [...next].reverse()
  return [
    `Written to ${folder}: ${files.join(', ')}`,
    ...(/^\/?\.env\b/m.test(ignored) ? [] : ['Add .env to .gitignore: it holds a secret.']),
    '',
    'Next:',
    ...first.reverse().map((command) => `  ${command}`),
    '',
    'Then, in one terminal',
    `  ${simulator ?? ''}`,
    'and in another',
    `  ${start ?? ''}`,
    'and open http://localhost:3000: Ngozi Okafor and others can sign in there.',
    '',
  ].join('\n')
}
