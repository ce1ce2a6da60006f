/** One line on a terminal that says who is waited for, and goes away at the end. */
import type { CliIo } from '../io.js'
import { LIMIT_SECONDS } from './run-parts.js'

export interface Progress {
  readonly waitFor: (names: readonly string[]) => void
  readonly end: () => void
}

const BEGINNING_OF_LINE = '\r\u001b[2K'

/** Prints nothing to a file, a pipe or a dumb terminal. */
export function createProgress({ stderr, env }: Pick<CliIo, 'stderr' | 'env'>): Progress {
  if (stderr.isTTY !== true || env.TERM === 'dumb') return { waitFor: () => undefined, end: () => undefined }
  const startedAt = performance.now()
  let waiting: readonly string[] = []
  let isShown = false
  function show(): void {
    if (waiting.length === 0) return
    isShown = true
    const seconds = Math.floor((performance.now() - startedAt) / 1000)
    stderr.write(`${BEGINNING_OF_LINE}Asking ${waiting.join(', ')} … ${seconds} s of at most ${LIMIT_SECONDS} s`)
  }
  const timer = setInterval(show, 1000)
  timer.unref()
  return {
    waitFor(names) {
      waiting = names
      show()
    },
    end() {
      clearInterval(timer)
      if (isShown) stderr.write(BEGINNING_OF_LINE)
    },
  }
}
