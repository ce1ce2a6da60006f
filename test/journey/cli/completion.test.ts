import { execFileSync } from 'node:child_process'

import { SHELLS } from '../../../src/cli/completion/scripts.js'
import { runCommand } from '../../support/commands/command-line.js'

async function scriptFor(shell: string): Promise<string> {
  const { exitCode, stdout } = await runCommand(['completion', shell])
  expect(exitCode).toBe(0)
  return stdout
}

describe('express-cis2 completion', () => {
  let bash: string

  beforeAll(async () => {
    bash = await scriptFor('bash')
  })

  /** What a real bash offers at the end of these words. */
  function offered(...words: string[]): string[] {
    const press = `
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      compopt() { echo "compopt $*"; }
      if [[ $1 == npx ]]; then _express_cis2_npx; else _express_cis2; fi
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['--norc', '-uc', `${bash}\n${press}`, 'bash', ...words], { encoding: 'utf8' })
    return output.split('\n').filter((line) => line !== '')
  }

  it('offers every command, in a real bash', async () => {
    const { stdout } = await runCommand(['--help'])
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?= |$)/gm)].map(([, name = '']) => name)
    const own = commands.filter((name) => name !== 'help')
    expect(own).toEqual(expect.arrayContaining(['simulator', 'keys', 'doctor', 'evidence', 'init', 'completion']))
    expect(offered('express-cis2', '')).toEqual([...own, '--version', '--help'])
  })

  it.each<[words: string[], expected: string[]]>([
    [['express-cis2', 'doc'], ['doctor']],
    [['npx', 'exp'], ['express-cis2']],
    [['npx', 'express-cis2', 'doc'], ['doctor']],
    [
      ['npx', 'express-cis2', 'keys', ''],
      ['new', '--help'],
    ],
    [['express-cis2', 'keys', 'new', '--a'], ['--alg']],
    [
      ['express-cis2', 'keys', 'new', '--alg', 'RS'],
      ['RS256', 'RS384', 'RS512'],
    ],
    [['express-cis2', 'keys', 'new', '--bits', ''], []],
    [['express-cis2', 'doctor', '--config', ''], ['compopt -o default']],
    [['express-cis2', 'doctor', '--config', 'keys', '--js'], ['--json']],
    [
      ['express-cis2', 'completion', ''],
      ['bash', 'zsh', 'fish', '--json', '--help'],
    ],
    [['./node_modules/.bin/express-cis2', 'simulator', '--list'], ['--list-faults']],
  ])('offers for %j: %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected)
  })

  it.each(SHELLS)('knows each flag of each command in %s', async (shell) => {
    const script = await scriptFor(shell)
    for (const words of [['simulator'], ['keys', 'new'], ['doctor'], ['evidence'], ['init'], ['completion']]) {
      const { stdout } = await runCommand([...words, '--help'])
      const flags = [...stdout.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, name = '']) => name)
      expect(flags.length).toBeGreaterThan(1)
      const lines = script.split('\n').filter((line) => line.includes(words.join(' ')))
      for (const flag of flags) expect(lines.join('\n')).toMatch(new RegExp(`(--|-l )${flag}\\b`))
    }
  })

  it('ends with 2 for a shell that it does not know', async () => {
    expect(await runCommand(['completion', 'tcsh'])).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('prints JSON where asked', async () => {
    const { stdout } = await runCommand(['completion', 'bash', '--json'])
    expect(JSON.parse(stdout)).toEqual({ shell: 'bash', script: bash })
  })
})
