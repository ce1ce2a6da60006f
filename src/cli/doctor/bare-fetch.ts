/** A `fetch` that adds no header: Node's own sends `sec-fetch-mode` and more, which a firewall may want, and CIS2 does not send. */
import { request as sendRequest, type IncomingMessage } from 'node:http'
import { request as sendTlsRequest } from 'node:https'
import { Readable } from 'node:stream'

/** Takes an address, text or a form as body, and never follows a redirect. */
export const bareFetch: typeof fetch = async function bareFetch(address, init = {}) {
  const { method = 'GET', body, signal } = init
  const url = new URL(address instanceof Request ? address.url : address)
  const headers = Object.fromEntries(new Headers(init.headers))
  const text = body instanceof URLSearchParams ? body.toString() : typeof body === 'string' ? body : ''
  if (body instanceof URLSearchParams) headers['content-type'] = 'application/x-www-form-urlencoded'
  const send = url.protocol === 'https:' ? sendTlsRequest : sendRequest
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { method, headers, agent: false, ...(signal == null ? {} : { signal }) } as const
    const sent = send(url, options, resolve)
    sent.on('error', reject)
    sent.end(text)
  })
  return toResponse(message)
}

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const { statusCode: status = 0 } = message
  // `Response` takes no body with these.
  const isEmpty = status === 204 || status === 205 || status === 304
  if (isEmpty) message.resume()
  return new Response(isEmpty ? null : (Readable.toWeb(message) as ReadableStream), { status, headers })
}
