/** The one way in which this package calls the servers that it signs in and exchanges tokens at: bounded in time and size, over TLS, following nothing. */
import type { Measure } from '../telemetry/telemetry.js'
import type { Step } from '../telemetry/span.js'
import { Fault, isError } from './fault.js'
import { createIdling } from './idling.js'
import { isTransportAllowed } from './is-transport-allowed.js'

/** Discovery, JWKS and token answers are all far below this; counted after decompression. */
const MAX_BODY_BYTES = 512 * 1024

/** Followed by a call to the same server at once, over the same connection. */
const FOLLOWED: ReadonlySet<Endpoint> = new Set(['token'])

/** Longest `Retry-After` that is believed. */
const MAX_RETRY_AFTER_SECONDS = 120

/** Which endpoint is called: for telemetry, in place of its address. */
export type Endpoint = 'discovery' | 'keys' | 'token' | 'userinfo' | 'exchange' | 'refresh'

export interface OutboundRequest {
  readonly endpoint: Endpoint
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** On the scale of {@link performance.now}: no wait goes beyond it. */
  readonly deadline?: number
  /** Default 512 KB. */
  readonly maxBytes?: number
}

export interface OutboundResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

export interface Outbound {
  /** Rejects with a {@link Fault}, and with nothing else. Any status that is no redirect is an answer. */
  send(address: string, request: OutboundRequest): Promise<OutboundResponse>
  /** Ends every call in flight, and refuses further ones. */
  close(): void
}

export interface OutboundOptions {
  /** Who is called, in messages: `CIS2`. */
  readonly peer: string
  /** The same for telemetry. */
  readonly kind: Step['kind']
  readonly fetch: typeof fetch
  /** For each call, from the first byte sent to the last byte read. */
  readonly timeoutSeconds: number
}

export function createOutbound(options: OutboundOptions, measure: Measure = (_step, work) => work()): Outbound {
  const { peer } = options
  const inFlight = new Set<(fault: Fault) => void>()
  /** The endpoints of the discovery document, which are few, and where they are. */
  const origins = new Map<string, string>()
  const idling = createIdling()
  let closed = false

  async function send(address: string, request: OutboundRequest): Promise<OutboundResponse> {
    if (closed) throw closedFault()
    const origin = origins.get(address) ?? originOf(address)
    const waitMs = Math.min(options.timeoutSeconds * 1000, (request.deadline ?? Infinity) - performance.now())
    // What could not be waited for is not sent: a code that was sent may have been used up.
    if (waitMs <= 0) throw timeoutFault(peer)
    const controller = new AbortController()
    let abandon: (fault: Fault) => void = () => undefined
    // A race beside the signal, because a caller's own fetch may not heed signals.
    const cut = new Promise<never>((_resolve, reject) => {
      abandon = function abandonCall(fault) {
        reject(fault)
        controller.abort(fault)
      }
    })
    const timer = setTimeout(() => {
      abandon(timeoutFault(peer))
    }, waitMs).unref()
    inFlight.add(abandon)
    try {
      const mayIdle = FOLLOWED.has(request.endpoint) || idling.isBrief(origin)
      const response = await Promise.race([exchange(options, address, request, mayIdle, controller.signal), cut])
      if (mayIdle) idling.learn(origin, response.headers)
      return response
    } catch (error) {
      throw error instanceof Fault ? error : faultOf(error, peer)
    } finally {
      clearTimeout(timer)
      inFlight.delete(abandon)
    }
  }

  function originOf(address: string): string {
    if (!isTransportAllowed(address)) throw new Fault('endpoint', `${peer} is called over https only.`)
    const { origin } = new URL(address)
    origins.set(address, origin)
    return origin
  }

  return {
    send: (address, request) =>
      measure(
        { kind: options.kind, operation: request.endpoint },
        () => send(address, request),
        ({ status }) => ({ 'http.response.status_code': status }),
      ),
    close() {
      closed = true
      for (const abandon of inFlight) abandon(closedFault())
    },
  }
}

async function exchange(
  { fetch: fetchImplementation, peer }: OutboundOptions,
  address: string,
  request: OutboundRequest,
  mayIdle: boolean,
  signal: AbortSignal,
): Promise<OutboundResponse> {
  const response = await fetchImplementation(address, {
    method: request.method,
    headers: { ...request.headers, ...(mayIdle ? {} : { connection: 'close' }) },
    // A redirect would carry a secret, a code or an assertion to a host nobody configured.
    redirect: 'error',
    // There is none here; saying so spares Node's fetch a copy of request and body.
    window: null,
    signal,
    ...(request.body === undefined ? {} : { body: request.body }),
  })
  if (response.redirected || response.type === 'opaqueredirect' || isRedirect(response.status)) {
    await discard(response)
    throw redirectFault(peer)
  }
  return {
    status: response.status,
    headers: response.headers,
    body: await readBounded(response, peer, request.maxBytes),
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

async function readBounded(response: Response, peer: string, maxBytes = MAX_BODY_BYTES): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks, size)
    size += value.byteLength
    if (size > maxBytes) {
      // Not awaited: a stream may take its time to end, and nothing depends on it.
      reader.cancel().catch(() => undefined)
      throw new Fault('too-large', `${peer} answered with more than ${maxBytes / 1024} KB.`)
    }
    chunks.push(value)
  }
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined)
}

function timeoutFault(peer: string): Fault {
  return new Fault('timeout', `${peer} did not answer in time.`)
}

function redirectFault(peer: string): Fault {
  return new Fault('redirect', `${peer} answered with a redirect, which is never followed.`)
}

function closedFault(): Fault {
  return new Fault('closed', 'cis2Auth was closed.')
}

/** What fails before there is a connection to send anything over. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
])

/** Node's fetch rejects with "fetch failed" and the socket's error as `cause`. */
function faultOf(error: unknown, peer: string): Fault {
  const cause = isError(error) && isError(error.cause) ? error.cause : error
  // What Node's fetch calls it; in the words of another it would be a failed connection, which is a refusal too.
  if (isError(cause) && cause.message === 'unexpected redirect') return redirectFault(peer)
  const code = isError(cause) && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown'
  const isTls = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)/.test(code)
  return new Fault(isTls ? 'tls' : 'network', `The connection to ${peer} failed (${code}).`, {
    isUnsent: isTls || NEVER_CONNECTED.has(code),
  })
}

/** Seconds that an answer asks to wait, when it gives them as a number; RFC 9110, section 10.2.3. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const text = headers.get('retry-after')
  if (text === null || !/^\d{1,9}$/.test(text)) return undefined
  return Math.min(Number(text), MAX_RETRY_AFTER_SECONDS)
}

/** Media type of an answer: lower case, without parameters; `''` when there is none. */
export function mediaType(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** When an answer was made, by the other side's clock. */
export function answeredAt(headers: Headers): Date | undefined {
  const date = new Date(headers.get('date') ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
