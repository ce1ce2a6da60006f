/** What we know of CIS2, from the first attempt to find it until `close()`. */
import { ProviderUnavailableError } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { Availability } from './availability.js'
import { Fault } from '../outbound/fault.js'
import type { ProviderMetadata } from './metadata.js'
import type { Outbound } from '../outbound/outbound-http.js'
import { fetchKeySet, fetchMetadata } from './published-documents.js'
import { createRemoteKeys, type RemoteKeys } from './remote-keys.js'
import { withinTime } from '../primitives/within-time.js'
import { toUnavailable } from './unavailable.js'

/** After a failed attempt; the last goes on. With two calls of five seconds each it stays below 30 seconds. */
const RETRY_MS = [250, 500, 1_000, 2_000, 5_000, 10_000]

/** So long the first users after a start wait for what is coming. In an outage nobody does. */
const FIRST_WAIT_MS = 2_000

/** Age from which a use of the metadata starts a refresh that nobody waits for. */
const REFRESH_MS = 60 * 60 * 1000

/** Time until a failed refresh is tried again. */
const REFRESH_PAUSE_MS = 60 * 1000

export interface Connection {
  readonly keys: RemoteKeys
  /** Metadata and keys have been there once. */
  isReady(): boolean
  /** What was discovered, if anything. */
  metadata(): ProviderMetadata | undefined
  /** Waits for an attempt that is under way; rejects with a {@link ProviderUnavailableError}. */
  discovered(): Promise<ProviderMetadata>
  /** Waits for the first attempt while it is under way, and no longer than {@link FIRST_WAIT_MS}; never rejects. */
  started(): Promise<void>
  /** Metadata and keys are there; starts an attempt of its own when none is under way. */
  ready(): Promise<void>
  close(): void
}

export interface ConnectionOptions {
  readonly config: Pick<Cis2Config, 'issuer' | 'allowedEndpointOrigins' | 'idpLogout' | 'clock' | 'timeoutSeconds'>
  readonly outbound: Outbound
  readonly availability: Availability
  readonly onKeysRotated: () => void
}

/** Begins to discover at once. A failure is kept for those who ask, and tried again. */
export function createConnection({ config, outbound, availability, onKeysRotated }: ConnectionOptions): Connection {
  let known: ProviderMetadata | undefined
  let isReady = false
  let isClosed = false
  let failure: unknown = new ProviderUnavailableError('CIS2 has not been discovered yet.')
  let attempt: Promise<void> | undefined
  let failedAttempts = 0
  let retryTimer: NodeJS.Timeout | undefined
  let refreshDueAt = 0
  let isRefreshing = false

  const keys = createRemoteKeys({
    clock: config.clock,
    onRotated: onKeysRotated,
    async fetchKeys() {
      if (known === undefined) throw new Fault('content', 'CIS2 has not been discovered yet.')
      return fetchKeySet(outbound, known.jwksUri)
    },
    onFetched() {
      availability.succeeded('keys')
    },
    onFailed(error) {
      // Perhaps they have moved.
      refreshDueAt = config.clock()
      availability.failed('keys', isReady ? 'degraded' : 'down', error)
    },
  })

  async function discover(): Promise<void> {
    try {
      // A document that is refused throws here, and what was known before stays.
      known = await fetchMetadata(outbound, config)
      refreshDueAt = config.clock() + REFRESH_MS
      availability.succeeded('discovery')
    } catch (error) {
      refreshDueAt = config.clock() + REFRESH_PAUSE_MS
      availability.failed('discovery', known === undefined ? 'down' : 'degraded', error)
      throw error
    }
  }

  async function connect(): Promise<void> {
    try {
      // Again on every attempt: what was discovered may be why the keys cannot be had.
      await discover()
      await keys.warm()
      isReady = true
    } catch (error) {
      failure = error
      scheduleRetry()
      throw error
    } finally {
      attempt = undefined
    }
  }

  function attemptOnce(): Promise<void> {
    clearTimeout(retryTimer)
    attempt ??= connect()
    return attempt
  }

  function attemptInBackground(): void {
    attemptOnce().catch(function keptAsFailure() {})
  }

  function scheduleRetry(): void {
    if (isClosed) return
    const delayMs = RETRY_MS[Math.min(failedAttempts, RETRY_MS.length - 1)]
    failedAttempts += 1
    retryTimer = setTimeout(attemptInBackground, delayMs).unref()
  }

  function refreshWhenDue(): void {
    const now = config.clock()
    // Far in the future: the clock was set back.
    const isDue = now >= refreshDueAt || refreshDueAt - now > REFRESH_MS
    if (!isDue || isRefreshing) return
    isRefreshing = true
    discover()
      .catch(function reportedByDiscover() {})
      .finally(() => {
        isRefreshing = false
      })
  }

  async function waitFor(running: Promise<void>): Promise<void> {
    const tooLate = () => new Fault('timeout', 'CIS2 did not answer in time.')
    await withinTime(running, config.timeoutSeconds * 1000, tooLate).catch((error: unknown) => {
      failure = error
    })
  }

  attemptInBackground()
  return {
    keys,
    metadata: () => known,
    isReady: () => isReady,
    async discovered() {
      if (!isReady && attempt !== undefined) await waitFor(attempt)
      if (known === undefined || !isReady) throw toUnavailable(failure)
      refreshWhenDue()
      return known
    },
    async started() {
      if (isReady || attempt === undefined || failedAttempts > 0) return
      const most = Math.min(FIRST_WAIT_MS, config.timeoutSeconds * 1000)
      await withinTime(attempt, most, () => new Fault('timeout', 'CIS2 did not answer in time.')).catch(
        function keptAsFailure() {},
      )
    },
    async ready() {
      if (isReady) return
      try {
        await attemptOnce()
      } catch (error) {
        throw toUnavailable(error)
      }
    },
    close() {
      isClosed = true
      clearTimeout(retryTimer)
    },
  }
}
