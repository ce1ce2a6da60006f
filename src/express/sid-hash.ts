/** How the audit stream names a CIS2 session without telling its `sid`. */
import { createHash } from 'node:crypto'

export function sidHashOf(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
