/** The clinic's security headers. */
import type { RequestHandler } from 'express'
import helmet from 'helmet'

/**
 * helmet with a policy made for these pages: they load their own files and nothing else, and run no inline script.
 *
 * `form-action 'self'` may stay as strict as this. A browser applies it to every redirect that follows a form, and
 * signing in leads to CIS2's address: where a form may have led to `/login` or `/logout`, express-cis2 answers with
 * a page that moves on by itself instead of a redirect.
 */
export function securityHeaders(baseUrl: string): RequestHandler {
  const secure = baseUrl.startsWith('https:')
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // The page shown for a form sent after the session has ended links back to the form by its Referer.
    referrerPolicy: { policy: 'same-origin' },
    // On plain http (this example, on your own machine) the header means nothing.
    strictTransportSecurity: secure,
  })
}
