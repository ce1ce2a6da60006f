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
const SHAPE = /^([0-9a-f]{10})[0-9a-f]{64}$/
/** As version 0.1 wrote it: the time in base 36, the random bytes in base64url. */
const OLD_SHAPE = /^([0-9a-z]{1,8})\.[\w-]{43}$/

/** A sign-in's place in the store, and the secret that only its browser has. */
export interface SignInPlace {
  readonly slot: string
  /** What the record is sealed for. */
  readonly owner: string
}

export interface NewSignInCookie {
  readonly place: SignInPlace
  /** Places that it pushes out. */
  readonly dropped: readonly string[]
  /** Sets it, and takes away those that it pushes out: once the store has the sign-in. */
  readonly set: (res: ServerResponse) => void
}

export interface SignInCookies {
  /** A cookie for a new sign-in. */
  create(req: IncomingMessage, state: SignInState): NewSignInCookie
  /** The place of a sign-in; undefined when this browser did not begin it. */
  find(req: IncomingMessage, state: SignInState): SignInPlace | undefined
  clear(res: ServerResponse, state: SignInState): void
}

export function createSignInCookies({ baseUrl, session }: Cis2Config): SignInCookies {
  const prefix = `${session.signInCookiePrefix}-`

  function place(id: string, value: string): SignInPlace {
    // The store's key names are derived from the cookie's secret: whoever reads the store cannot find the cookie.
    return { slot: nameOf(`${id}.${value}`), owner: value }
  }

  function clear(res: ServerResponse, id: string): void {
    addCookie(res, baseUrl, prefix + id, '', 0)
  }

  return {
    create(req, state) {
      const others = [...cookiesWithPrefix(req, prefix)].slice(0, MOST_READ).map(([name, value]) => ({
        id: name.slice(prefix.length),
        value,
        begun: begunAt(value) ?? 0,
      }))
      const excess = others.sort((one, other) => other.begun - one.begun).slice(MOST - 1)
      const value = state.issuedAt.toString(16).padStart(10, '0') + randomBytes(32).toString('hex')
      return {
        place: place(state.id, value),
        dropped: excess.filter(({ begun }) => begun > 0).map(({ id, value }) => place(id, value).slot),
        set(res) {
          for (const { id } of excess) clear(res, id)
          addCookie(res, baseUrl, prefix + state.id, value, PENDING_LIFETIME / 1000)
        },
      }
    },
    find(req, { id }) {
      const value = cookiesWithPrefix(req, prefix + id).get(prefix + id)
      return value !== undefined && begunAt(value) !== undefined ? place(id, value) : undefined
    },
    clear(res, { id }) {
      clear(res, id)
    },
  }
}

/** Epoch seconds; undefined when the value is none that we set. */
function begunAt(value: string): number | undefined {
  const [, time] = SHAPE.exec(value) ?? []
  if (time !== undefined) return Number.parseInt(time, 16)
  const [, oldTime] = OLD_SHAPE.exec(value) ?? []
  return oldTime === undefined ? undefined : Number.parseInt(oldTime, 36)
}
