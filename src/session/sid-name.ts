/** The name of CIS2's session id in the store. */
import type { Cis2Config } from '../options/cis2-config.js'
import { nameOf } from './records/session-id.js'

/** One name for a `sid` of one issuer; the store learns neither. */
export function sidNameOf({ issuer }: Pick<Cis2Config, 'issuer'>, sid: string): string {
  return nameOf(`${issuer}\0${sid}`)
}
