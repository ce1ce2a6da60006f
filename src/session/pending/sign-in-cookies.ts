/** The cookies that bind sign-ins under way to the browser that began them: one each, at most five. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Cis2Config } from '../../options/cis2-config.js'
import { PENDING_LIFETIME } from '../backend.js'
import { nameOf } from '../records/session-id.js'
import { addCookie, cookiesWithPrefix } from '../set-cookie.js'
import type { SignInState } from './sign-in-state.js'

/** Sign-ins under way in one browser; the oldest goes when another begins. */
const MOST = 5
/** More cookies of this kind than we ever set are somebody else's doing, and not looked through. */
const MOST_READ = 20
/** When it began (epoch seconds), and 32 random bytes, in digits that no firewall objects to. */
const KEPT = /^([0-9a-f]{10})[0-9a-f]{64}$/
/** As version 0.1 wrote it: the time in base 36, the random bytes in base64url. */
const KEPT_OLD = /^([0-9a-z]{1,8})\.[\w-]{43}$/
/** When it began, and the sign-in itself, sealed. Browsers store 4 KB, name and attributes included (RFC 6265, 6.1). */
const CARRIED = /^([0-9a-f]{10})((?:[0-9a-f]{2}){150,1800})$/
const MOST_CARRIED_BYTES = 1800

/** A sign-in's place in the store, and the secret that only its browser has. */
export interface SignInPlace {
  readonly slot: string
  /** What the record is sealed for. */
  readonly owner: string
}

/** Where a sign-in under way is: in the store, or in the browser's cookie itself, with a mark in the store once taken. */
export type FoundSignIn =
  { readonly kept: 'store'; readonly place: SignInPlace } | ({ readonly kept: 'cookie' } & CarriedSignIn)

export interface CarriedSignIn {
  readonly place: SignInPlace
  readonly sealed: Buffer
}

export interface SignInCookies {
  /** A new secret, and the place that it leads to. */
  newPlace(state: SignInState): SignInPlace
  /** The place of a sign-in that its browser carries; it follows from the state, which nobody else can make. */
  carriedPlace(state: SignInState): SignInPlace
  /**
   * Sets the cookie of a sign-in that is in the store, or that it carries, and takes away what it pushes out.
   * Returns the place in the store of the one that it pushes out, if any.
   */
  set(req: IncomingMessage, res: ServerResponse, state: SignInState, content: string | Buffer): string | undefined
  /** Whether a sealed sign-in fits into a cookie. */
  fits(sealed: Buffer): boolean
  /** Undefined when this browser did not begin it. */
  find(req: IncomingMessage, state: SignInState): FoundSignIn | undefined
  clear(res: ServerResponse, state: SignInState): void
}

export function createSignInCookies({ baseUrl, session }: Cis2Config): SignInCookies {
  const prefix = `${session.signInCookiePrefix}-`

  function place(id: string, value: string): SignInPlace {
    // The store's key names are derived from the cookie's secret: whoever reads the store cannot find the cookie.
    return { slot: nameOf(`${id}.${value}`), owner: value }
  }

  function carriedPlace({ id }: SignInState): SignInPlace {
    const owner = `carried ${id}`
    return { slot: nameOf(owner), owner }
  }

  function clear(res: ServerResponse, id: string): void {
    addCookie(res, baseUrl, prefix + id, '', 0)
  }

  /** Beyond what one browser may have, newest first. */
  function excessOf(req: IncomingMessage): { readonly id: string; readonly value: string }[] {
    return (
      [...cookiesWithPrefix(req, prefix)]
        .slice(0, MOST_READ)
        .map(([name, value]) => ({
          id: name.slice(prefix.length),
          value,
          begun: begunAt(value),
        }))
        // Browsers send the oldest first (RFC 6265, section 5.4): of two begun in one second the later is the newer.
        .reverse()
        .sort((one, other) => other.begun - one.begun)
        .slice(MOST - 1)
    )
  }

  return {
    newPlace: (state) => place(state.id, timeOf(state) + randomBytes(32).toString('hex')),
    carriedPlace,
    set(req, res, state, content) {
      const excess = excessOf(req)
      for (const { id } of excess) clear(res, id)
      const value = typeof content === 'string' ? content : timeOf(state) + content.toString('hex')
      addCookie(res, baseUrl, prefix + state.id, value, PENDING_LIFETIME / 1000)
      // An honest browser has one too many at most; more were invented, and are not worth a command each.
      const oldest = excess.find(({ value }) => isKept(value))
      return oldest === undefined ? undefined : place(oldest.id, oldest.value).slot
    },
    fits: (sealed) => sealed.length <= MOST_CARRIED_BYTES,
    find(req, state) {
      const value = cookiesWithPrefix(req, prefix + state.id).get(prefix + state.id) ?? ''
      if (isKept(value)) return { kept: 'store', place: place(state.id, value) }
      const sealed = CARRIED.exec(value)?.[2]
      if (sealed === undefined) return undefined
      return { kept: 'cookie', place: carriedPlace(state), sealed: Buffer.from(sealed, 'hex') }
    },
    clear(res, { id }) {
      clear(res, id)
    },
  }
}

function timeOf({ issuedAt }: SignInState): string {
  return issuedAt.toString(16).padStart(10, '0')
}

function isKept(value: string): boolean {
  return KEPT.test(value) || KEPT_OLD.test(value)
}

/** Epoch seconds; 0 when the value is none that we set. */
function begunAt(value: string): number {
  const [, time] = KEPT.exec(value) ?? CARRIED.exec(value) ?? []
  if (time !== undefined) return Number.parseInt(time, 16)
  return Number.parseInt(KEPT_OLD.exec(value)?.[1] ?? '0', 36)
}
