/** Data is saved before its answer leaves: a failure must neither set a cookie nor tell a lie. */
import type { ServerResponse } from 'node:http'

import { StoreUnavailableError } from '../../errors.js'
import type { SessionRequest } from './express-store.js'
import { forgetSession } from './request-session.js'
import { ownMethod } from './response-methods.js'

/**
 * Saves before the answer leaves; returns how to take that out again. express-session would send the head, cookie
 * included, and save while the last byte waits: a save that fails then has told the browser of a session that does not
 * exist.
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
