/** What `endSessions` may be asked to end, and whose sessions `listSessions` to list. */
import { ConfigError } from '../errors.js'

/** A user, a CIS2 session, or one session of a user's list. */
export type NamedSessions =
  { readonly sub: string } | { readonly sid: string } | { readonly sub: string; readonly id: string }

/**
 * Throws `ConfigError` unless it is a user, a CIS2 session or one of a user's sessions. "None was ended" must not be the
 * answer to a variable that is not set: whoever reads it believes that all is well.
 */
export function assertNamesSessions(which: unknown): asserts which is NamedSessions {
  const named = textsOf(which)
  if (named === 'sub' || named === 'sid' || named === 'id sub') return
  throw new ConfigError(['endSessions() needs { sub }, { sid } or { sub, id }, each as text that is not empty'])
}

/** Throws `ConfigError` unless it names a user. */
export function assertNamesUser(which: unknown): asserts which is { readonly sub: string } {
  if (textsOf(which) !== 'sub') throw new ConfigError(['listSessions() needs { sub }, as text that is not empty'])
}

/** The names of the members, sorted; undefined when one of them is no text, or an empty one. */
function textsOf(which: unknown): string | undefined {
  if (typeof which !== 'object' || which === null) return undefined
  const members = Object.entries(which)
  if (!members.every(([, value]) => typeof value === 'string' && value !== '')) return undefined
  return members
    .map(([name]) => name)
    .sort()
    .join(' ')
}
