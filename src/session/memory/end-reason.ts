/** Why a session ended, as its tombstone tells it: a record that could not be read has no reason of ours. */
import type { SessionEndReason } from '../session-end-reason.js'

export function endReason(reason: string): SessionEndReason | undefined {
  return reason === 'unreadable' ? undefined : (reason as SessionEndReason)
}
