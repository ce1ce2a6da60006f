/** What the doctor has to say: one finding a check. */

export type Outcome = 'ok' | 'warning' | 'problem'

/** Every check, by its stable name. Each has its heading in `docs/command-line.md`. */
export const CHECKS = [
  'options',
  'base-url',
  'back-channel-logout',
  'signing-key',
  'roles',
  'discovery',
  'clock',
  'issuer',
  'endpoints',
  'scopes',
  'provider-keys',
  'redis',
  'redis-info',
  'redis-transport',
  'redis-password',
  'redis-version',
  'redis-role',
  'redis-eviction',
  'redis-memory',
  'redis-replicas',
  'redis-writing',
  'nhs-api',
  'application',
  'published-keys',
  'sign-in',
  'cookie',
  'caching',
  'back-channel-logout-route',
] as const

export type Check = (typeof CHECKS)[number]

export interface Finding {
  readonly check: Check
  readonly outcome: Outcome
  /** What was seen. Never a secret. */
  readonly message: string
  /** Why it matters; given with a warning or a problem. */
  readonly cause?: string
  /** What to do about it; given with a warning or a problem. */
  readonly cure?: string
}

export function ok(check: Check, message: string): Finding {
  return { check, outcome: 'ok', message }
}

export function warning(check: Check, message: string, cause: string, cure: string): Finding {
  return { check, outcome: 'warning', message, cause, cure }
}

export function problem(check: Check, message: string, cause: string, cure: string): Finding {
  return { check, outcome: 'problem', message, cause, cure }
}
