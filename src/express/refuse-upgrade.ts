/** `auth.refuseUpgrade(socket, error)`: the HTTP answer to an upgrade that is refused. RFC 9110, section 7.8. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

import { isCis2Error } from '../errors.js'

/**
 * Writes the answer that the error stands for (problem+json, `Connection: close`) and ends the socket. An error that is
 * not this package's is a 500 that says nothing.
 */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const status = isCis2Error(error) ? error.status : 500
  const title = STATUS_CODES[status] ?? 'Error'
  const code = isCis2Error(error) ? error.code : undefined
  const body = JSON.stringify({ type: 'about:blank', title, status, ...(code === undefined ? {} : { code }) })
  const head = [
    `HTTP/1.1 ${String(status)} ${title}`,
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    ...challengeOf(error),
  ]
  // A browser that has gone meanwhile must not end the process.
  socket.on('error', function gone() {
    socket.destroy()
  })
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** As every 401 and 503 of ours has it. RFC 9470, section 3. */
function challengeOf(error: unknown): string[] {
  if (!isCis2Error(error)) return []
  if (error.status === 503) return ['Retry-After: 5']
  if (error.status !== 401) return []
  if (error.code !== 'CIS2_STEP_UP_REQUIRED') return ['WWW-Authenticate: Bearer']
  const maxAge = error.maxAuthAgeSeconds === undefined ? '' : `, max_age="${String(error.maxAuthAgeSeconds)}"`
  return [`WWW-Authenticate: Bearer error="insufficient_user_authentication"${maxAge}`]
}
