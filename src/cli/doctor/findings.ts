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
  'registration',
  'granted-scopes',
  'client-authentication',
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
  'tls-versions',
  'published-keys',
  'sign-in',
  'cookie',
  'caching',
  'callback-route',
  'back-channel-logout-route',
  'time',
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
  /** What else it can be, in order of likelihood, where `cause` is not the only one that fits. */
  readonly otherCauses?: readonly string[]
  /** What it rests on that no standard and no page of the NHS says. Without it the finding is sure. */
  readonly restsOn?: string
}

/** What may be added to a finding. */
export type Doubt = Pick<Finding, 'otherCauses' | 'restsOn'>

/** The page of the package's documentation that has a heading for each check. */
export function pageOf(check: Check): string {
  return `docs/command-line.md#${check}`
}

export function ok(check: Check, message: string, doubt: Pick<Finding, 'restsOn'> = {}): Finding {
  return { check, outcome: 'ok', message, ...doubt }
}

export function warning(check: Check, message: string, cause: string, cure: string, doubt: Doubt = {}): Finding {
  return { check, outcome: 'warning', message, cause, cure, ...doubt }
}

export function problem(check: Check, message: string, cause: string, cure: string, doubt: Doubt = {}): Finding {
  return { check, outcome: 'problem', message, cause, cure, ...doubt }
}
