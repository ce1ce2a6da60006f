/** A great run in processes of its own: each has a share of the cases, tells how far it is, and in the end what it found. */
import { fork } from 'node:child_process'
import { resolve } from 'node:path'

export interface Share {
  readonly seed: number
  /** Number of its first case, and of the one after its last. */
  readonly from: number
  readonly to: number
  /** It ends after so long at the latest, with what it has. */
  readonly milliseconds: number
}

/** What a process sends to whoever started it. */
export type ShareMessage =
  { readonly done: number; readonly failures: readonly string[] } | { readonly result: unknown }

const ROOT = resolve(import.meta.dirname, '../..')
const PROGRESS_EVERY = 30_000

/** In a share's process: hands over what it has found. Resolves when that has left, which takes a while where it is much. */
export async function tellResult(result: unknown): Promise<void> {
  const message: ShareMessage = { result }
  await new Promise((sent) => process.send?.(message, sent))
  process.disconnect()
}

/** Runs `script` in so many processes; returns what each found. */
export async function runShares<T>(script: string, whole: Share, processes: number): Promise<T[]> {
  const count = whole.to - whole.from
  const bounds = Array.from({ length: processes + 1 }, (_, at) => whole.from + Math.round((count * at) / processes))
  const shares = bounds.slice(1).map((to, at) => ({ ...whole, from: bounds[at] ?? 0, to }))
  const told = shares.map(() => ({ done: 0, failures: [] as readonly string[] }))
  const begun = performance.now()
  let shown = 0
  const progress = setInterval(() => {
    const done = told.reduce((total, one) => total + one.done, 0)
    const wrong = told.flatMap((one) => one.failures)
    const seconds = (performance.now() - begun) / 1000
    const rate = Math.round(done / seconds).toLocaleString('en')
    const share = ((100 * done) / count).toFixed(1)
    process.stderr.write(
      `${script}: ${done.toLocaleString('en')} (${share} %), ${rate} a second, ${wrong.length} wrong\n`,
    )
    for (const failure of wrong.slice(shown)) process.stderr.write(`${failure}\n`)
    shown = wrong.length
  }, PROGRESS_EVERY)
  try {
    return await Promise.all(
      shares.map((share, at) => runShare<T>(script, share, (message) => Object.assign(told[at] ?? {}, message))),
    )
  } finally {
    clearInterval(progress)
  }
}

function runShare<T>(script: string, share: Share, onProgress: (message: object) => void): Promise<T> {
  const path = resolve(ROOT, 'test/proof', script)
  const child = fork(path, { cwd: ROOT, execArgv: ['--import', 'tsx'] })
  child.send(share)
  return new Promise((found, failed) => {
    child.on('message', (message: ShareMessage) => {
      if ('result' in message) found(message.result as T)
      else onProgress(message)
    })
    child.once('error', failed)
    // Not when it has ended: a long message may be on its way still.
    child.once('disconnect', () => {
      failed(new Error(`${script} ended with ${String(child.exitCode ?? child.signalCode)} before it had a result`))
    })
  })
}
