/** How the parts are doing that a sign-in depends on, in one shape. */

/** State of one of the things we depend on. */
export interface PartHealth {
  /** Whether it works: `degraded` when in part, `down` when not. */
  readonly status: 'ok' | 'degraded' | 'down'
  /** Epoch seconds since when. */
  readonly since: number
  /** A code or a short text; no secret, no address with credentials. */
  readonly reason?: string
}
