/** The `state` of a sign-in: tells by itself whether we made it and how old it is, so that a forged one costs nothing. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { PENDING_LIFETIME } from '../backend.js'
import type { SessionSecrets } from '../records/session-secrets.js'

/** Layout: id (16), issued at (6, epoch seconds), restarted (1), authentication code (16). */
const ID_END = 16
const TIME_END = 22
const PAYLOAD_END = 23
const MAC_BYTES = 16
/** In digits that no firewall objects to: base64url holds `--` at times, which begins a comment in SQL. */
const SHAPE = /^[0-9a-f]{78}$/
/** As version 0.1 wrote it: base64url. */
const OLD_SHAPE = /^[\w-]{52}$/

type Encoding = 'hex' | 'base64url'

/** A `state` of ours, read. */
export interface SignInState {
  readonly text: string
  /** Names the sign-in's cookie and its place in the store. */
  readonly id: string
  /** Epoch seconds. */
  readonly issuedAt: number
  /** Whether an expired sign-in was restarted automatically once already. */
  readonly restarted: boolean
  /** Judged by our clock when it was read: the browser keeps its cookie for as long as it likes. */
  readonly expired: boolean
}

export interface SignInStates {
  issue(now: number, restarted: boolean): SignInState
  /** Undefined when it is none of ours. */
  read(text: string, now: number): SignInState | undefined
}

export function createSignInStates(secrets: SessionSecrets): SignInStates {
  function macOf(key: Buffer, payload: Buffer): Buffer {
    return createHmac('sha256', key).update(payload).digest().subarray(0, MAC_BYTES)
  }

  return {
    issue(now, restarted) {
      const payload = Buffer.alloc(PAYLOAD_END)
      randomBytes(ID_END).copy(payload)
      payload.writeUIntBE(Math.floor(now / 1000), ID_END, TIME_END - ID_END)
      payload.writeUInt8(restarted ? 1 : 0, TIME_END)
      const text = Buffer.concat([payload, macOf(secrets[0].state, payload)]).toString('hex')
      return parse(text, payload, 'hex', now)
    },
    read(text, now) {
      const encoding = encodingOf(text)
      if (encoding === undefined) return undefined
      const bytes = Buffer.from(text, encoding)
      const payload = bytes.subarray(0, PAYLOAD_END)
      const mac = bytes.subarray(PAYLOAD_END)
      const genuine = secrets.some((secret) => timingSafeEqual(mac, macOf(secret.state, payload)))
      return genuine ? parse(text, payload, encoding, now) : undefined
    },
  }
}

function encodingOf(text: string): Encoding | undefined {
  if (SHAPE.test(text)) return 'hex'
  return OLD_SHAPE.test(text) ? 'base64url' : undefined
}

function parse(text: string, payload: Buffer, encoding: Encoding, now: number): SignInState {
  const issuedAt = payload.readUIntBE(ID_END, TIME_END - ID_END)
  return {
    text,
    id: payload.toString(encoding, 0, ID_END),
    issuedAt,
    restarted: payload[TIME_END] === 1,
    expired: now - issuedAt * 1000 >= PENDING_LIFETIME,
  }
}
