/** Programs that the proofs run. */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The repository. */
export const ROOT = resolve(__dirname, '../../..')

/** A program that an npm package of the repository brings, run by this Node. */
export function tool(path: string): string {
  return join(ROOT, 'node_modules', path)
}

export interface Finished {
  readonly code: number
  /** Everything it has written, for whoever reads the failure. */
  readonly output: string
}

/** Runs a script in this Node and waits for its end; a failure is an answer, not an error. */
export async function runNode(
  args: readonly string[],
  { cwd = ROOT, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  return run(process.execPath, args, cwd, env)
}

export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  try {
    const { stdout, stderr } = await execute(program, [...args], {
      cwd,
      env: { ...withoutRunners(process.env), NO_COLOR: '1', ...env },
      timeout: 200_000,
    })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
    return { code: typeof code === 'number' ? code : 1, output: `${stdout ?? ''}${stderr ?? ''}` || String(error) }
  }
}

/** What Jest tells its workers, and npm the scripts it runs, would mislead another of the kind inside them. */
function withoutRunners(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const hidden = /^(JEST_|npm_|NODE_ENV$|NODE_OPTIONS$|FORCE_COLOR$|NODE_TEST_CONTEXT$)/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.test(name)))
}
