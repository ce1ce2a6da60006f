/** Which addresses of CIS2 we talk to, and how their text is compared. */
import { isTransportAllowed } from '../outbound/is-transport-allowed.js'

/**
 * Whether the issuer that CIS2 displays is the configured one.
 *
 * CIS2 displays `:443`, its well-known address is documented without. The port may therefore be
 * left out of the setting; any other difference is another issuer. Compared as text, since
 * `new URL()` would also forgive upper case, dots and escapes.
 */
export function isSameIssuer(discovered: string, configured: string): boolean {
  return withoutDefaultPort(discovered) === withoutDefaultPort(configured)
}

function withoutDefaultPort(issuer: string): string {
  return issuer.replace(/^(https:\/\/(?:\[[^\]]*\]|[^/?#:@]+)):443(?=[/?#]|$)/, '$1')
}

/** OpenID Connect Discovery 1.0, section 4: the issuer's text, without a slash at its end, and the well-known path. */
export function wellKnownAddress(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** Visible ASCII without `"`, `#`, `<`, `>`, `\`, `^`, `` ` ``, `{`, `|`, `}`; RFC 3986, appendix A, less the fragment. */
const PLAIN_ADDRESS = /^[!$-;=?-[\]_a-z~]+$/

/** What is wrong with an endpoint's address, or undefined when nothing is. */
export function endpointProblem(address: unknown, allowedOrigins: ReadonlySet<string>): string | undefined {
  // `URL` drops white space and reads `\` as `/`: the text, which is used as it is, must not need that.
  if (typeof address !== 'string' || !PLAIN_ADDRESS.test(address) || !URL.canParse(address)) return 'is no address'
  const url = new URL(address)
  if (!isTransportAllowed(address)) return 'is not https'
  if (url.username !== '' || url.password !== '') return 'has a user name'
  if (!allowedOrigins.has(url.origin)) return 'is on another origin than the issuer'
  return undefined
}
