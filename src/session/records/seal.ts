/** Sealing of records: AES-256-GCM, with a key that only the secret and the record's owner together give. */
import { createCipheriv, createDecipheriv, createHmac, randomFillSync } from 'node:crypto'

import { NEWEST_FORMAT, WRITTEN_FORMAT } from '../record-format.js'
import type { SessionSecret, SessionSecrets } from './session-secrets.js'

/** Layout: format (1), key id (4), nonce (12), ciphertext, tag (16). */
const KEY_ID_END = 5
const NONCE_END = 17
const TAG_BYTES = 16
const NONCE_BYTES = NONCE_END - KEY_ID_END
const NONCES_AT_ONCE = 64

/** Seals and opens the fields of records. */
export interface Sealer {
  /**
   * @param owner - What the record belongs to and the store does not know, such as the session id.
   * @param field - The record's field: one cannot be put in the place of another.
   */
  seal(owner: string, field: string, plain: string | Uint8Array): Buffer
  /** Undefined when it was sealed by nobody we know, for another owner or field, in a format that we do not know, or changed since. */
  open(owner: string, field: string, sealed: Buffer): string | undefined
  /** The same, for what was sealed as bytes. */
  openBytes(owner: string, field: string, sealed: Buffer): Buffer | undefined
}

/** Builds a {@link Sealer}. The first secret seals, all open. */
export function createSealer(secrets: SessionSecrets): Sealer {
  const [current] = secrets
  const start = Buffer.concat([Buffer.of(WRITTEN_FORMAT), current.keyId])
  /** The fields of a record are sealed, and opened, one after the other. */
  let latest: { readonly secret: SessionSecret; readonly owner: string; readonly key: Buffer } | undefined

  // Drawn some at a time, since drawing costs more than sealing. They are no secrets: each stands in its record.
  const nonces = Buffer.alloc(NONCES_AT_ONCE * NONCE_BYTES)
  let used = nonces.length

  function nextNonce(): Buffer {
    if (used === nonces.length) {
      randomFillSync(nonces)
      used = 0
    }
    used += NONCE_BYTES
    return nonces.subarray(used - NONCE_BYTES, used)
  }

  function keyOf(secret: SessionSecret, owner: string): Buffer {
    if (latest?.secret === secret && latest.owner === owner) return latest.key
    const key = createHmac('sha256', secret.sealing).update(owner).digest()
    latest = { secret, owner, key }
    return key
  }

  function openBytes(owner: string, field: string, sealed: Buffer): Buffer | undefined {
    const [format = 0] = sealed
    if (sealed.length < NONCE_END + TAG_BYTES || format < 1 || format > NEWEST_FORMAT) return undefined
    const keyId = sealed.subarray(1, KEY_ID_END)
    const secret = secrets.find((candidate) => candidate.keyId.equals(keyId))
    if (secret === undefined) return undefined
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret, owner), sealed.subarray(KEY_ID_END, NONCE_END), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(associatedData(format, field, owner))
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    try {
      const plain = decipher.update(sealed.subarray(NONCE_END, -TAG_BYTES))
      // GCM holds nothing back: what this does is compare the tag. Nothing is read before.
      decipher.final()
      return plain
    } catch {
      // The tag does not fit: changed, or another owner's. That is "not readable", whatever the reason.
      return undefined
    }
  }

  return {
    seal(owner, field, plain) {
      // A random 96-bit nonce under a key of its own: a record is sealed a few times, far below the limit of SP 800-38D.
      const nonce = nextNonce()
      const cipher = createCipheriv('aes-256-gcm', keyOf(current, owner), nonce)
      cipher.setAAD(associatedData(WRITTEN_FORMAT, field, owner))
      const body = cipher.update(plain)
      // GCM holds nothing back: what is left to do is the tag.
      cipher.final()
      return Buffer.concat([start, nonce, body, cipher.getAuthTag()])
    },

    open: (owner, field, sealed) => openBytes(owner, field, sealed)?.toString(),
    openBytes,
  }
}

function associatedData(format: number, field: string, owner: string): Buffer {
  return Buffer.from(`${format}\0${field}\0${owner}`)
}
