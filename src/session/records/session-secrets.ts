/** The keys that the session layer works with, all derived from the configured secrets. */
import { createHmac, hkdfSync } from 'node:crypto'

import type { Cis2Config } from '../../options/cis2-config.js'

/** What one configured secret gives: a key for each use, so that none can stand in for another. */
export interface SessionSecret {
  /** Names this secret inside a sealed record, so that the right one is tried at once. */
  readonly keyId: Buffer
  /** Signs express-session's cookie. */
  readonly cookie: string
  /** Parent of every record's own key. */
  readonly sealing: Buffer
  /** Parent of the keys for sign-ins under way that a browser carries in its cookie. */
  readonly carrying: Buffer
  /** Authenticates the `state` of a sign-in. */
  readonly state: Buffer
  /** Makes a user's tag. */
  readonly naming: Buffer
}

/** The first seals, all open. */
export type SessionSecrets = readonly [SessionSecret, ...SessionSecret[]]

/** Derives the keys (HKDF, RFC 5869). The salt keeps two applications that share a secret apart. */
export function deriveSecrets(session: Pick<Cis2Config['session'], 'secrets' | 'keyPrefix'>): SessionSecrets {
  function derive(secret: string): SessionSecret {
    function key(purpose: string, bytes: number): Buffer {
      return Buffer.from(hkdfSync('sha256', secret, session.keyPrefix, `express-cis2 session ${purpose}`, bytes))
    }
    return {
      keyId: key('key id', 4),
      cookie: key('cookie', 32).toString('base64url'),
      sealing: key('sealing', 32),
      carrying: key('carrying', 32),
      state: key('state', 32),
      naming: key('naming', 32),
    }
  }
  const [first, ...rest] = session.secrets
  return [derive(first), ...rest.map(derive)]
}

/** The tag of a user: what joins a user's keys in one Cluster slot, and tells nobody who it is. 22 characters. */
export function tagOfUser(secret: SessionSecret, issuer: string, sub: string): string {
  // The identity is issuer and subject together (OpenID Connect Core 1.0, section 5.7).
  const mac = createHmac('sha256', secret.naming).update(issuer).update('\0').update(sub).digest()
  return mac.subarray(0, 16).toString('base64url')
}
