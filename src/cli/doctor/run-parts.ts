/** Runs the parts of an examination side by side, no longer than a limit for all of them. */
import { CliError } from '../io.js'
import { type Finding, problem } from './findings.js'

/** For all parts together. */
export const LIMIT_SECONDS = 30

export interface Part {
  /** Who is asked, in a sentence. */
  readonly name: string
  readonly findings: Promise<Finding[]>
}

/** Who watches, and for how long. */
export interface Watch {
  readonly limitSeconds?: number
  /** How much of the limit is used already. */
  readonly elapsedSeconds?: number
  /** Aborted: nothing more is waited for. */
  readonly signal?: AbortSignal
  /** Called with the names of the parts that are waited for, each time that there are fewer. */
  readonly onWaiting?: (names: readonly string[]) => void
}

/**
 * The findings of all parts, in their order. What has not ended at the limit is a problem of its own: it goes on
 * unheeded, within its own bounds.
 *
 * @throws {CliError} when interrupted, and what a part throws that is no finding.
 */
export async function runParts(parts: readonly Part[], watch: Watch = {}): Promise<Finding[]> {
  const { limitSeconds = LIMIT_SECONDS, elapsedSeconds = 0, signal, onWaiting = () => undefined } = watch
  const found = new Map<Part, Finding[]>()
  const waiting = () => parts.filter((part) => !found.has(part)).map(({ name }) => name)
  onWaiting(waiting())
  const all = Promise.all(
    parts.map(async (part) => {
      found.set(part, await part.findings)
      onWaiting(waiting())
    }),
  )
  const end = endOf(limitSeconds - elapsedSeconds, signal)
  try {
    await Promise.race([all, end.reached])
  } finally {
    end.clear()
    all.catch(() => undefined)
  }
  return [...parts.flatMap((part) => found.get(part) ?? []), ...late(waiting(), limitSeconds)]
}

function endOf(seconds: number, signal: AbortSignal | undefined) {
  let clear: () => void = () => undefined
  const reached = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000)
    const interrupt = () => {
      reject(new CliError('Interrupted.', { exitCode: 1 }))
    }
    signal?.addEventListener('abort', interrupt)
    clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
    }
    if (signal?.aborted === true) interrupt()
  })
  return { reached, clear }
}

function late(names: readonly string[], limitSeconds: number): Finding[] {
  return names.map((name) =>
    problem(
      'time',
      `${name} was not done within ${limitSeconds} seconds, the limit for the whole of this command`,
      'What was still waited for is not judged: answers are slow, or do not come at all.',
      'Run it again; lower timeoutSeconds, so that each single answer is waited for less long.',
    ),
  )
}
