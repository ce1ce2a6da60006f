/** Runs the command line in this process, and keeps what it printed. */
import { createRequire } from 'node:module'

import { runCli } from '../../../src/cli/run-cli.js'

export interface CommandLine {
  readonly exitCode: Promise<number>
  /** As Ctrl-C does. */
  interrupt(): void
  /** The first that is printed on `stdout`, as soon as it is. */
  readonly printed: Promise<string>
  stdout(): string
  stderr(): string
}

export interface CommandLineOptions {
  readonly env?: Record<string, string | undefined>
  readonly isTTY?: boolean
}

export function startCommand(
  argv: readonly string[],
  { env = {}, isTTY = false }: CommandLineOptions = {},
): CommandLine {
  const printed = { stdout: '', stderr: '' }
  const interrupt = new AbortController()
  let announce: (text: string) => void = () => {}
  const firstPrinted = new Promise<string>((resolve) => {
    announce = resolve
  })
  const sink = (name: 'stdout' | 'stderr') => ({
    isTTY,
    write(text: string) {
      printed[name] += text
      if (name === 'stdout') announce(text)
    },
  })
  const exitCode = runCli(argv, {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env,
    signal: interrupt.signal,
    // Jest has its own loader; the real one is proved with the packed tarball.
    importModule: (path) => Promise.resolve().then((): unknown => createRequire(__filename)(path)),
  })
  return {
    exitCode,
    printed: firstPrinted,
    interrupt() {
      interrupt.abort()
    },
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
  }
}

/** Runs a command that ends by itself. */
export async function runCommand(
  argv: readonly string[],
  options?: CommandLineOptions,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const command = startCommand(argv, options)
  const exitCode = await command.exitCode
  return { exitCode, stdout: command.stdout(), stderr: command.stderr() }
}
