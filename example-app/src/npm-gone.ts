/** Whether npm, which started the example, is still there: SIGTERM to `npm run example` ends npm and reaches nobody else. */
export function whenNpmIsGone(callBack: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callBack()
  }, 250)
  timer.unref()
}
