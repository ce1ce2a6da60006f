/** What goes wrong, on stderr: for a developer who listens to no event, and never in production or in tests. */
import type { Cis2ErrorCode } from '../errors.js'
import type { Cis2Event } from '../events.js'
import { docsOf } from '../errors.js'

/** Longest line, in letters: one answer of CIS2's must not fill a terminal. */
const LONGEST = 2_000

/** What is told, and the error that its page is about. */
const TOLD: Readonly<Partial<Record<Cis2Event['type'], { readonly what: string; readonly code: Cis2ErrorCode }>>> = {
  'sign-in.refused': { what: 'a sign-in was refused', code: 'CIS2_SIGN_IN_REFUSED' },
  'step-up.refused': { what: 'a step-up was refused', code: 'CIS2_SIGN_IN_REFUSED' },
  'provider.unavailable': { what: 'CIS2 is unavailable', code: 'CIS2_PROVIDER_UNAVAILABLE' },
  'store.unavailable': { what: 'the session store is unavailable', code: 'CIS2_STORE_UNAVAILABLE' },
  'credentials.unavailable': { what: 'there are no new credentials for Redis', code: 'CIS2_STORE_UNAVAILABLE' },
}

/**
 * A listener in the place of `onEvent`: one line for each refused sign-in and each outage. Names nobody, for it takes only
 * what says what happened. Undefined where `NODE_ENV` is `production` or `test`.
 *
 * @param write - Takes one line, such as `process.stderr.write`.
 */
export function createDeveloperLines(
  nodeEnv: string | undefined,
  write: (line: string) => unknown,
): ((event: Cis2Event) => void) | undefined {
  if (nodeEnv === 'production' || nodeEnv === 'test') return undefined
  return function tellDeveloper(event) {
    const line = lineFor(event)
    if (line !== undefined) write(`${line}\n`)
  }
}

function lineFor({ type, reason, cause, correlationId }: Cis2Event): string | undefined {
  const told = TOLD[type]
  if (told === undefined) return undefined
  // A sign-in that failed for another code than its own has that one as reason.
  const code = isCode(reason) ? reason : told.code
  const parts = [
    `express-cis2: ${told.what} (${code}${reason === undefined || reason === code ? '' : `, ${reason}`})`,
    cause === undefined ? '.' : `: ${cause}`,
    ` Read on: node_modules/express-cis2/${docsOf(code)}`,
    ...(correlationId === undefined ? [] : [` (reference ${correlationId})`]),
  ]
  return oneLine(parts.join(''))
}

function isCode(reason: string | undefined): reason is Cis2ErrorCode {
  return reason?.startsWith('CIS2_') === true
}

/** Nothing in it can pose as another line, or move a terminal's cursor. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, LONGEST)
}
