/** Whether npm, which started this process, is still there. */

const LOOK_EVERY_MILLISECONDS = 250

/**
 * Calls back once when the parent process is gone. SIGTERM to `npx` or `npm run` ends npm and its shell and never reaches
 * the command that they run: an orphan is all that it can notice.
 */
export function whenOrphaned(parentOf: () => number, callBack: () => void): void {
  const parent = parentOf()
  const timer = setInterval(() => {
    if (parentOf() === parent) return
    clearInterval(timer)
    callBack()
  }, LOOK_EVERY_MILLISECONDS)
  timer.unref()
}
