/** The `state` of a sign-in: tells by itself whether we made it and how old it is, so that a forged one costs nothing. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { PENDING_LIFETIME } from '../backend.js'
import type { SessionSecrets } from '../records/session-secrets.js'

/** Layout: id (16), issued at (6, epoch seconds), restarted (1), authentication code (16). In base64url 52 characters. */
const ID_END = 16
const TIME_END = 22
const PAYLOAD_END = 23
const MAC_BYTES = 16
const SHAPE = /^[\w-]{52}$/

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
    if (!SHAPE.test(text)) return undefined
    const bytes = Buffer.from(text, 'base64url')
    const payload = bytes.subarray(0, PAYLOAD_END)
    const mac = bytes.subarray(PAYLOAD_END)
    const genuine = secrets.some((secret) => timingSafeEqual(mac, macOf(secret.state, payload)))
    return genuine ? parse(payload) : undefined
  }

  /** One callback reads its state more than once. */
  let latest: { readonly text: string; readonly state: SignInState | undefined } | undefined

  return {
    issue(now, restarted) {
      const payload = Buffer.alloc(PAYLOAD_END)
      randomBytes(ID_END).copy(payload)
      payload.writeUIntBE(Math.floor(now / 1000), ID_END, TIME_END - ID_END)
      payload.writeUInt8(restarted ? 1 : 0, TIME_END)
      const text = Buffer.concat([payload, macOf(secrets[0].state, payload)]).toString('base64url')
      return { text, state: parse(payload) }
    },
    read(text) {
      if (latest?.text !== text) latest = { text, state: readAnew(text) }
      return latest.state
    },
  }
}

function parse(payload: Buffer): SignInState {
  return {
    id: payload.toString('base64url', 0, ID_END),
    issuedAt: payload.readUIntBE(ID_END, TIME_END - ID_END),
    restarted: payload[TIME_END] === 1,
  }
}

/** Judged by our clock: the browser keeps its cookie for as long as it likes. */
export function isExpired({ issuedAt }: SignInState, now: number): boolean {
  return now - issuedAt * 1000 >= PENDING_LIFETIME
}
