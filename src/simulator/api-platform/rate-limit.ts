/** Five requests a second for each application, as the platform has it: counted over a minute, its token service included. */
const WINDOW_MILLISECONDS = 60_000
const REQUESTS_A_MINUTE = 300

/** Counts requests by API key. */
export class RateLimit {
  readonly #times = new Map<string, number[]>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Whether one more is allowed; it counts if so. */
  allows(apiKey: string, requestsPerMinute = REQUESTS_A_MINUTE): boolean {
    const now = this.#clock()
    const recent = (this.#times.get(apiKey) ?? []).filter((time) => time > now - WINDOW_MILLISECONDS)
    this.#times.set(apiKey, recent)
    if (recent.length >= requestsPerMinute) return false
    recent.push(now)
    return true
  }
}
