/**
 * A `fetch` made of Node's own `http` and `https`: for a certificate that is trusted beside the usual ones, which Node's
 * `fetch` takes only from the environment at start, and for tests that run in a DOM environment, whose `fetch`, `Request`
 * and forms are a browser's: it obeys CORS, and Node's takes none of its bodies.
 */
import { Agent, request as sendRequest, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as sendTlsRequest } from 'node:https'
import { isIPv6 } from 'node:net'
import { Readable } from 'node:stream'
import { checkServerIdentity } from 'node:tls'

/** The members of `RequestInit` that are heeded. */
type Init = Pick<RequestInit, 'method' | 'headers' | 'body' | 'redirect' | 'signal'>

/**
 * As `fetch`, but bodies are text, forms or bytes, and a redirect is never followed: it is handed back, or an error where
 * asked for.
 *
 * @param certificate - Trusted for https, and no other. Default: what Node trusts.
 */
export function fetchOverNode(certificate?: string): typeof fetch {
  const send = sender(certificate)
  return async (input, init) => {
    const request = isRequest(input) ? { ...(await initOf(input)), ...init } : (init ?? {})
    const message = await send(isRequest(input) ? input.url : String(input), request)
    const { statusCode = 0 } = message
    if (request.redirect === 'error' && statusCode >= 300 && statusCode < 400) {
      message.destroy()
      throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') })
    }
    return toResponse(message, statusCode)
  }
}

/** Node's own `fetch`; in a DOM environment, one that is no browser's. */
export function usualFetch(): typeof fetch {
  return 'document' in globalThis ? fetchOverNode() : fetch
}

function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'arrayBuffer' in input
}

async function initOf(request: Request): Promise<Init> {
  const { method, headers, redirect, signal } = request
  return { method, headers, redirect, signal, body: new Uint8Array(await request.arrayBuffer()) }
}

function sender(certificate: string | undefined) {
  const agents = { 'http:': new Agent(), 'https:': tlsAgent(certificate) }
  return (address: string, { method = 'GET', headers, body, signal }: Init): Promise<IncomingMessage> => {
    const isTls = new URL(address).protocol === 'https:'
    const options = {
      method,
      headers: { ...(isForm(body) ? { 'content-type': 'application/x-www-form-urlencoded' } : {}), ...record(headers) },
      ...(signal === undefined || signal === null ? {} : { signal }),
    }
    return new Promise((resolve, reject) => {
      const sent = isTls
        ? sendTlsRequest(address, { ...options, agent: agents['https:'] }, resolve)
        : sendRequest(address, { ...options, agent: agents['http:'] }, resolve)
      sent.on('error', (cause) => {
        reject(signal?.aborted === true ? (signal.reason as Error) : new TypeError('fetch failed', { cause }))
      })
      sent.end(ArrayBuffer.isView(body) ? body : textOf(body))
    })
  }
}

function tlsAgent(certificate: string | undefined): TlsAgent {
  if (certificate === undefined) return new TlsAgent()
  return new TlsAgent({
    ca: certificate,
    // Node 22.23 finds no IPv6 address in any certificate. Here the certificate itself is what is trusted.
    checkServerIdentity: (host, presented) => (isIPv6(host) ? undefined : checkServerIdentity(host, presented)),
  })
}

/** A form of whichever realm: a test environment has its own class. */
function isForm(body: unknown): body is URLSearchParams {
  return Object.prototype.toString.call(body) === '[object URLSearchParams]'
}

function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  return isForm(body) ? body.toString() : undefined
}

function record(headers: RequestInit['headers']): Record<string, string> {
  if (headers === undefined) return {}
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers)
  return Object.fromEntries(pairs as Iterable<[string, string]>)
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
