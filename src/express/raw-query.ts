/**
 * The query as it came, without its question mark: `req.query` would turn `returnTo[]=` and repeated names into objects and
 * arrays, and what CIS2 sent is checked as it was sent.
 */
import type { Request } from 'express'

export function rawQueryOf({ originalUrl }: Request): string {
  const start = originalUrl.indexOf('?')
  return start === -1 ? '' : originalUrl.slice(start + 1)
}
