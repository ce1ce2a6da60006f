/** One call to an NHS API: in time, and to the platform's origin alone, wherever an answer sends it. */
import { ApiRequestError, ApiTokenError } from '../errors.js'
import { isError, sanitizedCause } from '../outbound/fault.js'
import { withinTime } from '../primitives/within-time.js'
import { parseApiAddress } from './api-address.js'

/** Redirects on the origin that are followed, one after the other. */
const MOST_REDIRECTS = 3

export interface ApiCall {
  /** Judged by {@link parseApiAddress}. */
  readonly address: string
  readonly headers: Headers
  readonly init: RequestInit
}

export interface CallSettings {
  readonly fetch: typeof fetch
  readonly origin: string
  readonly timeoutSeconds: number
}

/** Rejects with an {@link ApiTokenError} when there is no answer in time, or one that leads elsewhere. */
export async function callApi({ address, headers, init }: ApiCall, settings: CallSettings): Promise<Response> {
  const timeoutMs = settings.timeoutSeconds * 1000
  const inTime = AbortSignal.timeout(timeoutMs)
  const signal = init.signal === undefined || init.signal === null ? inTime : AbortSignal.any([init.signal, inTime])
  const until = performance.now() + timeoutMs
  let next = address
  for (let hop = 0; ; hop += 1) {
    const response = await send(next, { ...init, headers, signal, redirect: 'manual' }, settings, until)
    const target = redirectTarget(response, next, init)
    if (target === undefined || init.redirect === 'manual') return response
    const isFollowed = init.redirect !== 'error' && hop < MOST_REDIRECTS && isOnOrigin(target, settings.origin)
    if (isFollowed && !isRepeatable(init)) return response
    await response.body?.cancel().catch(function isGoneAnyway() {})
    if (!isFollowed) throw redirected()
    next = target
  }
}

async function send(
  address: string,
  init: RequestInit,
  { fetch: fetchImplementation }: CallSettings,
  until: number,
): Promise<Response> {
  try {
    // A race beside the signal, because a caller's own fetch may not heed signals.
    return await withinTime(fetchImplementation(address, init), until - performance.now(), tooLate)
  } catch (error) {
    throw failureOf(error)
  }
}

/** Where an answer sends us; undefined when nowhere. */
function redirectTarget(response: Response, from: string, init: RequestInit): string | undefined {
  // A fetch of the application's that follows by itself, or hides where to, must not decide.
  if (response.redirected || response.type === 'opaqueredirect') {
    if (init.redirect === 'manual' && !response.redirected) return undefined
    return ''
  }
  if (response.status < 300 || response.status >= 400 || response.status === 304) return undefined
  const location = response.headers.get('location')
  if (location === null) return undefined
  return URL.canParse(location, from) ? new URL(location, from).href : ''
}

function isOnOrigin(target: string, origin: string): boolean {
  try {
    return parseApiAddress(target, origin) === target
  } catch (error) {
    if (error instanceof ApiRequestError) return false
    throw error
  }
}

/** Whether the same request may be made elsewhere: nothing is sent twice that changes something. */
function isRepeatable({ method = 'GET' }: RequestInit): boolean {
  return ['GET', 'HEAD'].includes(method.toUpperCase())
}

function redirected(): ApiTokenError {
  return new ApiTokenError('unavailable', 'The NHS API answered with a redirect that is not followed.')
}

function tooLate(): ApiTokenError {
  return new ApiTokenError('unavailable', 'The NHS API did not answer in time.')
}

/** The caller's own abort is the caller's; anything else is about the API, and keeps name and code of its cause only. */
function failureOf(error: unknown): unknown {
  if (error instanceof ApiTokenError) return error
  if (!isError(error)) return error
  if (error.name === 'TimeoutError') return tooLate()
  if (error.name === 'AbortError') return error
  const cause = sanitizedCause(isError(error.cause) ? error.cause : error)
  return new ApiTokenError('unavailable', 'The NHS API could not be reached.', { cause })
}
