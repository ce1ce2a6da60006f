/** `req.session` where there is none to be had: gone, or throwing for whoever touches it. */
import type { SessionRequest } from './express-store.js'

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
