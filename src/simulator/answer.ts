/** An HTTP answer as a value, so that a fault can still change it before it is sent. */
import { setTimeout as pause } from 'node:timers/promises'

import type { Response } from 'express'

/** What is about to be answered. */
export interface Answer {
  status: number
  type: string
  body: string
  headers: Record<string, string>
  /** Waits this long first. */
  delaySeconds?: number
  /** Closes the connection halfway through the body. */
  cut?: boolean
}

/** A JSON answer that no cache may keep. */
export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    type: 'application/json',
    body: JSON.stringify(body),
    headers: { 'Cache-Control': 'no-store', Pragma: 'no-cache', ...headers },
  }
}

/** An OAuth error, its members in AM's order. */
export function errorAnswer(
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
): Answer {
  return jsonAnswer(status, { error_description: description, error }, headers)
}

/** Sends an answer, with whatever trouble a fault put into it. `signal` ends the waiting when the simulator stops. */
export async function sendAnswer(res: Response, answer: Answer, signal: AbortSignal): Promise<void> {
  if (answer.delaySeconds !== undefined) {
    await pause(answer.delaySeconds * 1000, undefined, { signal, ref: false }).catch(() => undefined)
  }
  res.status(answer.status).set(answer.headers).type(answer.type)
  if (answer.cut) {
    res.set('Content-Length', String(Buffer.byteLength(answer.body)))
    res.write(answer.body.slice(0, answer.body.length / 2), () => res.destroy())
    return
  }
  res.end(answer.body)
}
