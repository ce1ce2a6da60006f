// A thread that watches the one that tries inputs: an input that never comes to an end would stop everything in silence.
import { writeFileSync, writeSync } from 'node:fs'
import { setInterval } from 'node:timers'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const LONGEST_INPUT = 64 * 1024
const COUNT = 0
const LENGTH = 1

/** Starts the watch: `onInput` is to be called with each input before it is tried, `stop` after the last. */
export function startWatch({ file, limitMilliseconds }) {
  const shared = new SharedArrayBuffer(8 + LONGEST_INPUT)
  const numbers = new Int32Array(shared, 0, 2)
  const bytes = new Uint8Array(shared, 8)
  const worker = new Worker(new URL(import.meta.url), { workerData: { shared, file, limitMilliseconds } })
  worker.unref()
  return {
    onInput(input) {
      bytes.set(input.subarray(0, LONGEST_INPUT))
      numbers[LENGTH] = input.length
      numbers[COUNT] += 1
    },
    stop: () => worker.terminate(),
  }
}

function watch({ shared, file, limitMilliseconds }) {
  const numbers = new Int32Array(shared, 0, 2)
  let last = -1
  setInterval(() => {
    const count = Atomics.load(numbers, COUNT)
    if (count !== last) {
      last = count
      return
    }
    writeFileSync(file, new Uint8Array(shared, 8, numbers[LENGTH]))
    writeSync(2, `An input took longer than ${limitMilliseconds} ms; it is in ${file}.\n`)
    process.kill(process.pid, 'SIGKILL')
  }, limitMilliseconds)
}

if (!isMainThread && workerData?.shared !== undefined) watch(workerData)
