/** What is kept where, for how long, sealed how. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import type { KeptRow } from '../report.js'

const SEALED = 'AES-256-GCM; the key comes from session.secret and the session id, which the store does not know (HKDF)'
const TEN_MINUTES = '10 minutes'

export function describeKept({ session, nhsApi, onEvent }: Cis2Config): KeptRow[] {
  const store = session.redis === 'memory' ? "the process's memory" : 'Redis'
  const idle = `${session.idleTimeoutSeconds} s after the last request`
  const life = `${idle}, ${session.absoluteTimeoutSeconds} s after the sign-in at the latest`
  const rows: Omit<KeptRow, 'proof'>[] = [
    {
      what: 'Session: level, selected role, user, ID token and access token of CIS2',
      where: store,
      howLong: life,
      sealed: SEALED,
    },
    { what: "The application's own data in req.session", where: store, howLong: life, sealed: SEALED },
    ...(nhsApi === undefined
      ? []
      : [{ what: 'Tokens for NHS APIs, once used', where: store, howLong: life, sealed: SEALED }]),
    {
      what: "Index of a user's sessions, by sub and by CIS2's sid",
      where: store,
      howLong: `up to ${session.absoluteTimeoutSeconds} s`,
      sealed: 'names are HMACs; nobody can be read from them',
    },
    {
      what: 'Marks of ended sessions, which keep them ended',
      where: store,
      howLong: `${TEN_MINUTES} after the end`,
      sealed: SEALED,
    },
    {
      what: 'A sign-in under way: state, nonce, PKCE verifier, where it leads',
      where: `${store}, or under load the browser's cookie`,
      howLong: TEN_MINUTES,
      sealed: SEALED,
    },
    {
      what: `The session id, cookie ${session.cookieName}`,
      where: 'the browser',
      howLong: 'until the browser is closed',
      sealed: 'opaque, signed; HttpOnly, SameSite=Lax, Secure on https',
    },
    {
      what: 'The audit stream: outcomes, with user, role and organisation',
      where: onEvent === undefined ? 'nowhere: onEvent is not set' : 'where your onEvent puts it',
      howLong: 'yours to say',
      sealed: 'yours to say',
    },
    { what: 'Tokens, codes and secrets in logs, errors, addresses', where: 'nowhere', howLong: '', sealed: '' },
  ]
  return rows.map((row) => ({ ...row, proof: 'configuration' }))
}
