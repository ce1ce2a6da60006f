/**
 * A `fetch` that trusts one certificate more. Node's own takes no certificates except from the environment at start.
 */
import type { IncomingMessage } from 'node:http'
import { Agent, request as sendRequest } from 'node:https'
import { isIPv6 } from 'node:net'
import { Readable } from 'node:stream'
import { checkServerIdentity } from 'node:tls'

/**
 * As `fetch`, for https addresses, but a redirect is never followed: it is handed back, or an error where asked for.
 */
export function fetchTrusting(certificate: string): typeof fetch {
  const agent = new Agent({
    ca: certificate,
    // Node 22.23 finds no IPv6 address in any certificate. Here the certificate itself is what is trusted.
    checkServerIdentity: (host, presented) => (isIPv6(host) ? undefined : checkServerIdentity(host, presented)),
  })
  return async (input, init) => {
    const request = new Request(input, init)
    const body = Buffer.from(await request.arrayBuffer())
    const message = await send(request, body, agent)
    const { statusCode = 0 } = message
    if (request.redirect === 'error' && statusCode >= 300 && statusCode < 400) {
      message.destroy()
      throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') })
    }
    return toResponse(message, statusCode)
  }
}

function send(request: Request, body: Buffer, agent: Agent): Promise<IncomingMessage> {
  const { method, signal } = request
  const headers = Object.fromEntries(request.headers)
  return new Promise((resolve, reject) => {
    const sent = sendRequest(request.url, { method, headers, agent, signal }, resolve)
    sent.on('error', (cause) => {
      reject(signal.aborted ? (signal.reason as Error) : new TypeError('fetch failed', { cause }))
    })
    sent.end(body)
  })
}

function toResponse(message: IncomingMessage, status: number): Response {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  // `Response` takes no body with these.
  const body = status === 204 || status === 304 ? null : (Readable.toWeb(message) as ReadableStream)
  return new Response(body, { status, headers })
}
