/** Small judgements about single claims, used by ID tokens, UserInfo and logout tokens alike. */

const MAX_SESSION_ID_LENGTH = 1024

/** Whole seconds since 1970 that JavaScript can count with. */
export function isNumericDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** A token older than this was not made for what it is used for just now. */
const MAX_ISSUED_AGO_SECONDS = 300

/** CIS2's clock may be ahead of ours by so much, or by the tolerance when that is more. */
const MAX_ISSUED_AHEAD_SECONDS = 60

/**
 * What is wrong with the time of issue, if anything. Clocks that differ by the whole tolerance, whichever is ahead, are
 * no reason to refuse a token that was made a moment ago.
 */
export function issueTimeProblem(
  issuedAt: number,
  { now, clockToleranceSeconds: tolerance }: { readonly now: number; readonly clockToleranceSeconds: number },
): string | undefined {
  const ahead = Math.max(MAX_ISSUED_AHEAD_SECONDS, tolerance)
  if (issuedAt < now - Math.max(MAX_ISSUED_AGO_SECONDS, tolerance + MAX_ISSUED_AHEAD_SECONDS))
    return 'it was issued too long ago'
  return issuedAt > now + ahead ? 'it was issued in the future' : undefined
}

/** Whether a value can be CIS2's name for a session. */
export function isSessionId(value: unknown): value is string {
  return isPlainText(value, MAX_SESSION_ID_LENGTH)
}

/** Not empty, not longer than that, without control characters and lone surrogates. */
export function isPlainText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !/[\p{Cc}\p{Cs}]/u.test(value)
}

/** Whether `aud` names us; in a list, beside others, which not every token may have. */
export function audienceIncludes(audience: unknown, clientId: string): boolean {
  if (!Array.isArray(audience)) return audience === clientId
  return audience.every((member) => typeof member === 'string') && audience.includes(clientId)
}

/** Whether `aud` names us and nobody else. */
export function isOnlyAudience(audience: unknown, clientId: string): boolean {
  return audience === clientId || (Array.isArray(audience) && audience.length === 1 && audience[0] === clientId)
}
