/** What `endSessions` may be asked to end. */
import { ConfigError } from '../errors.js'

/**
 * Throws `ConfigError` unless it is a user or a CIS2 session. "None was ended" must not be the answer to a variable that
 * is not set: whoever reads it believes that all is well.
 */
export function assertNamesSessions(which: unknown): void {
  const [named, ...others] = typeof which === 'object' && which !== null ? Object.entries(which) : []
  const [name, value] = named ?? []
  const isKnown = name === 'sub' || name === 'sid'
  if (isKnown && typeof value === 'string' && value !== '' && others.length === 0) return
  throw new ConfigError(['endSessions() needs { sub } or { sid }, one of them, as text that is not empty'])
}
