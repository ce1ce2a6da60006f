/**
 * One id for a request: in the refusal page, in problem details, and in every event of that request. The requests of one
 * sign-in share theirs.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Request } from 'express'

const ID = Symbol('express-cis2 correlation id')

interface WithId {
  [ID]?: string | undefined
}

export function correlationIdOf(req: Request): string {
  const holder = req as WithId
  return (holder[ID] ??= randomUUID())
}

/**
 * From here on the request has the id of the sign-in with this `state`, which must be one of ours. Made of the state, so
 * that whoever brings the same state has the same id, a late duplicate and another browser too; one way, so that an id in a
 * log opens nothing. A UUID of version 8 (RFC 9562, section 5.8).
 */
export function correlateWithSignIn(req: Request, state: string): void {
  const bytes = createHash('sha256').update('express-cis2 correlation id').update(state).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const holder = req as WithId
  holder[ID] = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
