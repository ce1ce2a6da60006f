import { runCli } from '../../../src/cli/run-cli.js'
import { runCommand } from '../../support/commands/command-line.js'

describe('express-cis2', () => {
  it('prints its commands and its exit codes for --help', async () => {
    const { exitCode, stdout, stderr } = await runCommand(['--help'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    for (const word of ['simulator', 'keys', 'doctor', 'Exit codes']) expect(stdout).toContain(word)
  })

  it('prints its version', async () => {
    const { exitCode, stdout } = await runCommand(['--version'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+.*\n$/)
  })

  it.each([['simulator'], ['keys'], ['keys', 'new'], ['doctor']])('explains %s %s', async (...command) => {
    const words = command.filter((word) => typeof word === 'string')
    const { exitCode, stdout } = await runCommand([...words, '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Usage: express-cis2 ${words.join(' ')}`)
  })

  it('lists the environment variables that the doctor reads', async () => {
    const { stdout } = await runCommand(['doctor', '--help'])
    expect(stdout).toContain('CIS2_PRIVATE_KEY')
  })

  it('ends with 1 and one sentence for a fault of its own', async () => {
    const write = () => {
      throw new Error('no space left')
    }
    const printed: string[] = []
    const exitCode = await runCli(['doctor'], {
      stdout: { write },
      stderr: { write: (text) => printed.push(text), isTTY: true },
      env: {},
      signal: new AbortController().signal,
      importModule: () => Promise.resolve({}),
    })
    expect(exitCode).toBe(1)
    expect(printed).toEqual(['\u001b[31merror:\u001b[39m no space left\n'])
  })

  it.each([
    { words: [], what: 'no command' },
    { words: ['dance'], what: 'a command that does not exist' },
    { words: ['doctor', '--quickly'], what: 'an option that does not exist' },
    { words: ['simulator', '--port', '70000'], what: 'a port that cannot be' },
  ])('answers $what with exit code 2 and what would have been right', async ({ words }) => {
    const { exitCode, stdout, stderr } = await runCommand(words)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).not.toBe('')
  })
})
