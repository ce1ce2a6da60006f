/** A command in a process group of its own, as a terminal runs it. */
import { spawn } from 'node:child_process'

export interface RunningCommand {
  /** Everything that it printed so far. */
  readonly output: string
  /** Waits until it has printed this; rejects with what it printed instead when it ends before. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>
  /** Waits for its end; null when a signal ended it. */
  exitCode(): Promise<number | null>
  /** What Ctrl-C does: the signal goes to every process of the group. */
  pressCtrlC(): void
}

export function runCommand(
  [program = '', ...words]: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): RunningCommand {
  const child = spawn(program, words, {
    cwd,
    env: { ...withoutJest(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of listeners) listener()
    })
  }
  const ending = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return {
    get output() {
      return output
    },
    printed(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output)
          if (match) resolve(match)
        }
        listeners.add(look)
        look()
        ending.then((code) => {
          reject(new Error(`It ended with ${String(code)} and never printed ${String(pattern)}: ${output}`))
        }, reject)
      })
    },
    exitCode: () => ending,
    pressCtrlC() {
      const ended = child.exitCode !== null || child.signalCode !== null
      if (child.pid !== undefined && !ended) process.kill(-child.pid, 'SIGINT')
    },
  }
}

/** The command is not a part of the test run around it. */
function withoutJest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(JEST_|NODE_ENV$|NODE_OPTIONS$|REDIS_URL$)/.test(name)),
  )
}
