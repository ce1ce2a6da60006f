/** What the command line needs of the world around it, so that tests can run it in their own process. */

/** A place to print to. */
export interface TextSink {
  write(text: string): unknown
  /** Whether it is a terminal. */
  readonly isTTY?: boolean | undefined
}

export interface CliIo {
  /** Results. */
  readonly stdout: TextSink
  /** Everything else. */
  readonly stderr: TextSink
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Loads a module by its absolute path. */
  importModule(path: string): Promise<unknown>
}

/** 0: done. 1: not done, or a problem found. 2: the command, or a file that it names, is not understood. */
export type ExitCode = 0 | 1 | 2

/** Ends a command with one sentence and an exit code, and no stack trace. */
export class CliError extends Error {
  readonly exitCode: Exclude<ExitCode, 0>

  constructor(message: string, options: { cause?: unknown; exitCode: Exclude<ExitCode, 0> }) {
    super(message, options)
    this.name = 'CliError'
    this.exitCode = options.exitCode
  }
}

/**
 * What an error says, in one line. Not asked with `instanceof`: an error may come from another realm.
 *
 * The first line only, for Node.js appends a list of modules to some. What `JSON.parse` says is left out: it quotes
 * the text, and that may be a secret.
 */
export function messageOf(error: unknown): string {
  const message = textOf(error, 'message') ?? ''
  if (/ JSON\b/.test(message)) return 'it is, or reads, JSON that cannot be parsed'
  const line = message.split('\n', 1)[0]?.trim() ?? ''
  // A connection tried at several addresses fails with an error that has a code and no message.
  return line === '' ? (codeOf(error) ?? 'unknown error') : line
}

/** The `code` of a Node.js error, such as `EADDRINUSE`. */
export function codeOf(error: unknown): string | undefined {
  return textOf(error, 'code')
}

function textOf(error: unknown, name: 'message' | 'code'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const value = (error as Partial<Record<typeof name, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}
