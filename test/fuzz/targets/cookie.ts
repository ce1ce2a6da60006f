/** The `Cookie` header: the session's, and those of sign-ins under way. */
import type { IncomingMessage } from 'node:http'

import { sign } from 'cookie-signature'

import type { Cis2Config } from '../../../src/options/cis2-config.js'
import { createWithItsCookie, signedCookieOf } from '../../../src/session/express-session/with-its-cookie.js'
import { createSignInCookies } from '../../../src/session/pending/sign-in-cookies.js'
import { plainCookieValue } from '../../../src/session/plain-cookie-value.js'
import { deriveSecrets } from '../../../src/session/records/session-secrets.js'
import { cookiesWithPrefix } from '../../../src/session/set-cookie.js'
import { hold, type FuzzTarget } from './target.js'

const session = {
  cookieName: 'cis2',
  signInCookiePrefix: 'cis2-signin',
  secrets: ['of the fuzzer'],
  keyPrefix: 'fuzz:',
}
const config = { baseUrl: { secure: true }, session } as unknown as Cis2Config
const secrets = deriveSecrets(config.session)
const context = { config, secrets }
const cookies = createSignInCookies(config)
const withItsCookie = createWithItsCookie(context)

// As base64url writes zeros: bits that are left over are none.
const ID = 'A'.repeat(65)
const signed = `s:${sign(ID, secrets[0].cookie)}`
const OURS = plainCookieValue(signed)
/** As version 0.1 wrote it. */
const OLD = encodeURIComponent(signed)
const STATE_ID = '0123456789abcdef0123456789abcdef'
const STATE = { id: STATE_ID, text: '', issuedAt: 0, restarted: false, expired: false }
const KEPT = `00707fb500${'a'.repeat(64)}`
const CARRIED = `00707fb500${'0'.repeat(300)}`

function requestWith(cookie: string): IncomingMessage {
  return { headers: { cookie } } as unknown as IncomingMessage
}

/** Every value of a name, found by a pattern: the parser cuts at semicolons. */
function valuesOf(header: string, name: string): string[] {
  const found = header.matchAll(new RegExp(`(?:^|;)\\s*${name}=([^;]*?)\\s*(?=;|$)`, 'gu'))
  return [...found].map(([, value = '']) => value)
}

export const cookie: FuzzTarget = {
  name: 'cookie',
  // `{ours}` and the like stand for the cookies that the fuzzer's own secret has signed.
  seeds: [
    'cis2={ours}',
    'cis2={old}',
    'a=b; cis2={ours}; c=d',
    'cis2=stolen; cis2={ours}',
    'cis2={ours}; cis2={old}; cis2=',
    `cis2-signin-${STATE_ID}={kept}`,
    `cis2-signin-${STATE_ID}={carried}; cis2={ours}`,
    `cis2-signin-${STATE_ID}=abc.${'A'.repeat(43)}`,
    'cis2=s%3Aabc.def',
    'cis2={old}%252%29x',
    'cis2="{ours}"',
    ' ; ;cis2 ={ours};=x;cis2==',
    Array.from({ length: 30 }, () => 'cis2=x').join('; '),
  ],
  maxBytes: 2_048,
  run(input) {
    const header = input
      .toString('latin1')
      .replaceAll('{ours}', OURS)
      .replaceAll('{old}', OLD)
      .replaceAll('{kept}', KEPT)
      .replaceAll('{carried}', CARRIED)
    checkSessionCookie(header)
    checkSignInCookies(header)
  },
}

function checkSessionCookie(header: string): void {
  const req = requestWith(header)
  const values = valuesOf(header, 'cis2')
  const isOurs = (value: string) => value === OURS || decodedOrNot(value) === signed
  const id = signedCookieOf(context, req)
  hold(id === undefined || id === ID, 'nobody else signs a session id')
  hold(id === undefined || values.some(isOurs), 'a session id stands in a cookie of its own')
  hold(id !== undefined || !values.slice(0, 20).includes(OURS), 'a cookie that we signed is found, wherever it stands')
  let shown: string | undefined
  let name: string | undefined
  withItsCookie(req, (address) => {
    shown = req.headers.cookie
    name = address?.id
  })
  hold(req.headers.cookie === header, 'the header is put back as it was')
  if (shown === header) return
  hold(/^cis2=s%3A[\w%.-]*$/.test(shown ?? ''), 'express-session is shown one cookie, in its own form')
  hold(shown !== `cis2=${OLD}` || name === ID, 'the session that is looked up is the one that the cookie names')
  hold(values.length === 1 || shown === `cis2=${OLD}`, 'of several cookies it is shown the one that we signed')
}

function decodedOrNot(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function checkSignInCookies(header: string): void {
  const req = requestWith(header)
  const name = `cis2-signin-${STATE_ID}`
  const [first] = valuesOf(header, name)
  const found = cookies.find(req, STATE)
  hold(found === undefined || first !== undefined, 'a sign-in is found by a cookie of its own')
  if (found?.kept === 'store') hold(found.place.owner === first, 'its record is sealed for the whole cookie')
  if (found?.kept === 'cookie')
    hold(first?.endsWith(found.sealed.toString('hex')) === true, 'what is carried is what came')
  hold(first !== KEPT || found?.kept === 'store', 'a cookie of ours is found')
  for (const each of cookiesWithPrefix(req, 'cis2-signin-').keys()) {
    hold(each.startsWith('cis2-signin-'), 'only cookies of that name are read')
  }
}
