/** Clients in a process of their own: what a test does meanwhile is not what they are measured by. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { json } from 'node:stream/consumers'

export interface FloodSettings {
  /** See `flood.mjs`. */
  readonly kind: string
  readonly url: string
  readonly clients: number
  readonly seconds: number
  readonly cookie?: string
  readonly tokens?: readonly string[]
}

export interface PhaseFigures {
  readonly requests: number
  /** Milliseconds. */
  readonly median: number
  readonly p99: number
}

export interface FloodFigures {
  readonly statuses: Readonly<Record<string, number>>
  /** While strangers send, and while they pause. */
  readonly flood: PhaseFigures
  readonly pause: PhaseFigures
}

/** How much longer a flood lasts than a pause, without the first moments of both. */
export const FLOOD_TO_PAUSE = 1.8 / 0.8

/** @param niceness - Of its process: who floods has a machine of their own, and must not take the processor of the measured. */
export async function runFlood(settings: FloodSettings, niceness = 0): Promise<FloodFigures> {
  const script = resolve(import.meta.dirname, 'flood.mjs')
  const child = spawn('nice', ['-n', String(niceness), process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(settings))
  return (await json(child.stdout)) as FloodFigures
}
