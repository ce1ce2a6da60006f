/** The back-channel logout token: anybody can post one. */
import { createHmac, createSecretKey } from 'node:crypto'

import { isCis2Error } from '../../../src/errors.js'
import { checkLogoutToken } from '../../../src/oidc/logout-token.js'
import { hold, type FuzzTarget } from './target.js'

const NOW = 1_900_000_000
const EXPECTED = {
  issuer: 'https://am.sim.example:443/realm',
  clientId: 'the-client',
  // Signed in a microsecond. Which algorithms there are is for the configuration to say, and judged elsewhere.
  algorithms: ['HS256'],
  logoutTokenType: 'any',
  clockToleranceSeconds: 30,
  now: NOW,
} as const
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const SECRET = Buffer.alloc(32, 'fuzz')
const KEY = createSecretKey(SECRET)
const keys = { find: () => Promise.resolve([KEY]), warm: () => Promise.resolve() }

const header = JSON.stringify({ alg: 'HS256', kid: 'k', typ: 'logout+jwt' })
const CLAIMS = { iss: EXPECTED.issuer, aud: 'the-client', iat: NOW, jti: 'one', events: { [EVENT]: {} } }
const asSeed = (claims: object, head = header) => `${head}\n${JSON.stringify({ ...CLAIMS, ...claims })}`

function signed(head: Buffer, claims: Buffer): string {
  const text = `${head.toString('base64url')}.${claims.toString('base64url')}`
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`
}

/** Header and claims on two lines, which are signed; or, without a line's end, the token itself. */
function tokenOf(input: Buffer): { text: string; claims: Buffer | undefined } {
  const end = input.indexOf(0x0a)
  if (end === -1) return { text: input.toString('latin1'), claims: undefined }
  const claims = input.subarray(end + 1)
  return { text: signed(input.subarray(0, end), claims), claims }
}

export const logoutToken: FuzzTarget = {
  name: 'logout-token',
  seeds: [
    asSeed({ sid: 'session' }),
    asSeed({ sub: 'user', exp: NOW + 60 }),
    asSeed({ sub: 'user', sid: 'session', cause: 'USER_LOGOUT', aud: ['the-client', 'other'] }),
    asSeed({ sid: 'session', nonce: 'x' }),
    asSeed({ sid: 'session' }, JSON.stringify({ alg: 'HS256' })),
    asSeed({ sid: 'session' }, JSON.stringify({ alg: 'none' })),
    asSeed({ sid: 'session' }, JSON.stringify({ alg: 'HS256', typ: 'application/logout+JWT', crit: ['exp'] })),
    'aaaa.bbbb.cccc',
    'aaaa.bbbb.cccc.dddd.eeee',
    signed(Buffer.from(header), Buffer.from(JSON.stringify(CLAIMS))).slice(0, -1),
  ],
  async run(input) {
    const { text, claims } = tokenOf(input)
    try {
      const verified = await checkLogoutToken(text, keys, EXPECTED)
      assertRightlyAccepted(verified, claims)
    } catch (error) {
      hold(isCis2Error(error) && error.code === 'CIS2_LOGOUT_TOKEN_REFUSED', asDeclared(error))
    }
  },
}

function asDeclared(error: unknown): string {
  const isOwn = error instanceof Error && error.message.startsWith('Does not hold')
  return isOwn ? error.message : 'only the declared error is thrown'
}

function assertRightlyAccepted(
  verified: Awaited<ReturnType<typeof checkLogoutToken>>,
  bytes: Buffer | undefined,
): void {
  hold(bytes !== undefined, 'nobody else signs a token')
  const claims = JSON.parse(bytes.toString()) as Record<string, unknown>
  const { iss, aud, iat, exp, sub, sid, jti, events } = claims
  hold(iss === EXPECTED.issuer, 'the issuer is CIS2')
  hold(aud === EXPECTED.clientId || (Array.isArray(aud) && aud.includes(EXPECTED.clientId)), 'the token is for us')
  hold(typeof iat === 'number' && Math.abs(NOW - iat) <= 300, 'it was issued just now')
  hold(exp === undefined || (typeof exp === 'number' && exp > NOW - 30), 'it has not expired')
  hold(!('nonce' in claims), 'it is no ID token')
  hold(typeof events === 'object' && events !== null && EVENT in events, 'it is about a logout')
  hold(sub !== undefined || sid !== undefined, 'it names a session or a user')
  hold(verified.sub === sub && verified.sid === sid && verified.tokenId === jti, 'what is believed is what was signed')
  hold(
    [sub, sid, jti].every((text) => text === undefined || isShortText(text)),
    'names are short texts',
  )
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 1024 && !/\p{Cc}/u.test(value)
}
