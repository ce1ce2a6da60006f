/** One random id for a request: in the refusal page, in problem details, and in every event of that request. */
import { randomUUID } from 'node:crypto'
import type { Request } from 'express'

const ID = Symbol('express-cis2 correlation id')

interface WithId {
  [ID]?: string | undefined
}

export function correlationIdOf(req: Request): string {
  const holder = req as WithId
  return (holder[ID] ??= randomUUID())
}
