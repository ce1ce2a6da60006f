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

export interface SignInState {
  /** Names the sign-in's cookie and its place in the store. */
  readonly id: string
  /** Epoch seconds. */
  readonly issuedAt: number
  readonly restarted: boolean
}

export interface SignInStates {
  issue(now: number, restarted: boolean): { readonly text: string; readonly state: SignInState }
  /** Undefined when it is none of ours. */
  read(text: string): SignInState | undefined
}

export function createSignInStates(secrets: SessionSecrets): SignInStates {
  function macOf(key: Buffer, payload: Buffer): Buffer {
    return createHmac('sha256', key).update(payload).digest().subarray(0, MAC_BYTES)
  }

  function readAnew(text: string): SignInState | undefined {
    const encoding = encodingOf(text)
    if (encoding === undefined) return undefined
    const bytes = Buffer.from(text, encoding)
    const payload = bytes.subarray(0, PAYLOAD_END)
    const mac = bytes.subarray(PAYLOAD_END)
    const genuine = secrets.some((secret) => timingSafeEqual(mac, macOf(secret.state, payload)))
    return genuine ? parse(payload, encoding) : undefined
  }

  /** One callback reads its state more than once. */
  let latest: { readonly text: string; readonly state: SignInState | undefined } | undefined

  return {
    issue(now, restarted) {
      const payload = Buffer.alloc(PAYLOAD_END)
      randomBytes(ID_END).copy(payload)
      payload.writeUIntBE(Math.floor(now / 1000), ID_END, TIME_END - ID_END)
      payload.writeUInt8(restarted ? 1 : 0, TIME_END)
      const text = Buffer.concat([payload, macOf(secrets[0].state, payload)]).toString('hex')
      return { text, state: parse(payload, 'hex') }
    },
    read(text) {
      if (latest?.text !== text) latest = { text, state: readAnew(text) }
      return latest.state
    },
  }
}

function encodingOf(text: string): Encoding | undefined {
  if (SHAPE.test(text)) return 'hex'
  return OLD_SHAPE.test(text) ? 'base64url' : undefined
}

function parse(payload: Buffer, encoding: Encoding): SignInState {
  return {
    id: payload.toString(encoding, 0, ID_END),
    issuedAt: payload.readUIntBE(ID_END, TIME_END - ID_END),
    restarted: payload[TIME_END] === 1,
  }
}

/** Judged by our clock: the browser keeps its cookie for as long as it likes. */
export function isExpired({ issuedAt }: SignInState, now: number): boolean {
  return now - issuedAt * 1000 >= PENDING_LIFETIME
}
