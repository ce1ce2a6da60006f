/** Records that cannot be read: no session, removed, reported; never a lasting error. */
import { reportEnded } from './context.js'
import type { ReportContext } from './context.js'
import type { SessionAddress } from './records/session-id.js'

const REASON = 'unreadable'

/** Removes a session whose record was damaged, or copied from elsewhere. */
export async function removeUnreadable(context: ReportContext, address: SessionAddress): Promise<void> {
  const { note } = await context.backend.end(address, REASON, context.config.clock())
  reportUnreadable(context, address.tag, note)
}

/** Reports one that the store has removed already. */
export function reportUnreadable(context: ReportContext, tag: string, note: Buffer | undefined): void {
  reportEnded(context, tag, [note ?? Buffer.alloc(0)], REASON, 'unknown')
}
