/** What happens between express-session and Node's response: failures must neither set a cookie nor tell a lie. */
import type { ServerResponse } from 'node:http'

import { StoreUnavailableError } from '../../errors.js'
import type { SessionRequest } from './express-store.js'

const HOOKED = ['end', 'writeHead'] as const

/** Remembers a response's own methods, to take away what is hooked over them later; that says whether all could go. */
export function rememberMethods(res: ServerResponse): () => () => boolean {
  const before = new OwnMethods(res)
  return function hooked() {
    const after = new OwnMethods(res)
    return function unhook() {
      const now = new OwnMethods(res)
      let all = true
      for (const name of HOOKED) {
        // Somebody else has hooked in since: theirs would be lost.
        if (now[name] !== after[name]) {
          all = false
          continue
        }
        if (before[name] === undefined) Reflect.deleteProperty(res, name)
        else Reflect.set(res, name, before[name])
      }
      return all
    }
  }
}

/**
 * A response's own methods; undefined for one that it has from its prototype.
 *
 * A class, because V8 moves what an object literal makes to old memory when it finds much of it alive, as it does under
 * Express, and a response that old memory refers to stays until the next full collection with all that belongs to it.
 */
class OwnMethods {
  readonly end: unknown
  readonly writeHead: unknown

  constructor(res: ServerResponse) {
    this.end = ownMethod(res, 'end')
    this.writeHead = ownMethod(res, 'writeHead')
  }
}

function ownMethod(res: ServerResponse, name: (typeof HOOKED)[number]): unknown {
  return Object.hasOwn(res, name) ? Reflect.get(res, name) : undefined
}

/** Takes `req.session` away so that express-session neither saves nor destroys it, nor sets a cookie. */
export function forgetSession(req: SessionRequest): void {
  Object.defineProperty(req, 'session', { configurable: true, enumerable: true, writable: true, value: undefined })
  req.sessionID = undefined
}

/**
 * Makes touching `req.session` throw: an application that reads it must not mistake a lost store for an empty session,
 * and one that sets it to null must not tell its user that she is signed out.
 */
export function refuseSession(req: SessionRequest, error: Error): void {
  function refuse(): never {
    throw error
  }
  Object.defineProperty(req, 'session', { configurable: true, enumerable: false, get: refuse, set: refuse })
  req.sessionID = undefined
}

/**
 * Saves before the answer leaves; returns how to take that out again. express-session would send the head, cookie included, and save while the last byte
 * waits: a save that fails then has told the browser of a session that does not exist.
 */
export function saveBeforeEnd(
  req: SessionRequest,
  res: ServerResponse,
  save: (req: SessionRequest) => Promise<void> | undefined,
  unhook: () => boolean,
): () => boolean {
  const hooked = ownMethod(res, 'end')
  const end = res.end.bind(res) as (...args: unknown[]) => ServerResponse
  let saving = false

  function endAfterSave(...args: unknown[]): ServerResponse {
    if (saving) return res
    const saved = saveOrThrow()
    if (saved === undefined) return endOrLetGo(args)
    saving = true
    const restoreHead = rememberHead(res)
    saved.then(
      () => {
        restoreHead()
        endOrDestroy(args)
      },
      () => {
        forgetSession(req)
        refuse(res, end)
      },
    )
    return res
  }

  /** An answer that cannot be sent is for the error handler; express-session would take that one's answer for a second. */
  function endOrLetGo(args: unknown[]): ServerResponse {
    try {
      return end(...args)
    } catch (error) {
      unhookAll()
      forgetSession(req)
      throw error
    }
  }

  function unhookAll(): boolean {
    if (hooked !== undefined) Reflect.set(res, 'end', hooked)
    return unhook()
  }

  /** After a wait nobody is there to catch it: the connection ends, not the process. */
  function endOrDestroy(args: unknown[]): void {
    try {
      end(...args)
    } catch {
      res.destroy()
    }
  }

  /** Data that is no JSON is the application's error, which its error handler must be able to answer. */
  function saveOrThrow(): Promise<void> | undefined {
    try {
      return save(req)
    } catch (error) {
      forgetSession(req)
      throw error
    }
  }
  res.end = endAfterSave as typeof res.end
  return function unhookUnlessWrapped() {
    return ownMethod(res, 'end') === endAfterSave && unhookAll()
  }
}

/** What is ended is ended: a handler that fails while its answer waits must not change the head over that body. */
function rememberHead(res: ServerResponse): () => void {
  const { statusCode, statusMessage } = res
  const headers = res.getHeaders()
  return function restoreHead() {
    if (res.headersSent) return
    for (const name of res.getHeaderNames()) if (!(name in headers)) res.removeHeader(name)
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined && value !== res.getHeader(name)) res.setHeader(name, value)
    }
    Object.assign(res, { statusCode, statusMessage })
  }
}

/** A change that was lost is not answered as if it had been made. */
function refuse(res: ServerResponse, end: (...args: unknown[]) => ServerResponse): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  res.statusCode = 503
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Retry-After', '5')
  end(new StoreUnavailableError().message)
}
