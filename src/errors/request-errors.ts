/** Requests that our routes do not take. */
import { Cis2Error } from './cis2-error.js'

/** A request that changes something came from another origin. */
export class CrossOriginError extends Cis2Error {
  readonly code = 'CIS2_CROSS_ORIGIN'
  readonly status = 403

  constructor() {
    super('A request that changes something must come from the same origin.')
  }
}

/** One of our routes was called with a method it does not answer. */
export class MethodNotAllowedError extends Cis2Error {
  readonly code = 'CIS2_METHOD_NOT_ALLOWED'
  readonly status = 405
  /** The methods that the route takes, as the `Allow` header names them. */
  readonly allow: string

  constructor(allow: string) {
    super(`This route answers ${allow} only.`)
    this.allow = allow
  }
}

/** A page, a script or an image asked for an address that starts a sign-in: only a browser that goes there by itself may. */
export class NavigationOnlyError extends Cis2Error {
  readonly code = 'CIS2_NAVIGATION_ONLY'
  readonly status = 403

  constructor() {
    super('A sign-in starts when the browser goes to this address, not when a page fetches or embeds it.')
  }
}

/** The browser used http although `baseUrl` is https. */
export class InsecureTransportError extends Cis2Error {
  readonly code = 'CIS2_INSECURE_TRANSPORT'
  readonly status = 400
}
