/** A store that says at once, within this process, which sessions it has ended. */
import type { Backend, Place } from './backend.js'
import type { SessionEndReason } from './session-end-reason.js'

/** The same store; `ended` is called for each session that was to end, once that is confirmed. */
export function announcingBackend(backend: Backend, ended: (place: Place, reason: SessionEndReason) => void): Backend {
  return {
    ...backend,
    async end(place, reason, now) {
      const result = await backend.end(place, reason, now)
      ended(place, reason as SessionEndReason)
      return result
    },
    async endNamed(tag, which, reason, now) {
      const notes = await backend.endNamed(tag, which, reason, now)
      for (const name of which.names) ended({ tag, name }, reason as SessionEndReason)
      return notes
    },
  }
}
