/** The query of the callback: what a browser brings, from CIS2 or from anybody. */
import { isCis2Error } from '../../../src/errors.js'
import { parseCallbackQuery } from '../../../src/oidc/callback-query.js'
import { hold, type FuzzTarget } from './target.js'

const STATE = 'the-state'
const ISSUER = 'https://am.sim.example:443/realm'
const EXPECTED = { state: STATE, issuer: ISSUER, requiresIssuer: true }
const CODES = new Set(['CIS2_SIGN_IN_REFUSED', 'CIS2_PROVIDER_UNAVAILABLE'])
const FOREIGN = ['id_token', 'access_token', 'token_type', 'token', 'response']

/** Name and value, decoded by hand: `URLSearchParams` is what the parser itself uses. */
function pairsOf(query: string): (readonly [string, string])[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...rest] = pair.split('=')
      return [decoded(name), decoded(rest.join('='))] as const
    })
}

function decoded(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

export const query: FuzzTarget = {
  name: 'query',
  seeds: [
    `code=abc&state=${STATE}&iss=${encodeURIComponent(ISSUER)}`,
    `code=abc&state=${STATE}&iss=${encodeURIComponent(ISSUER)}&client_id=x&scope=openid%20profile&session_state=y`,
    `error=access_denied&state=${STATE}`,
    `error=temporarily_unavailable&error_description=no&state=${STATE}`,
    `error=login_required&error_uri=x&state=${STATE}`,
    `code[]=abc&state=${STATE}`,
    `code=a&code=b&state=${STATE}`,
    `code=abc&state=${STATE}&id_token=x`,
    'code=abc&state=wrong',
  ],
  run(input) {
    // A query as Node hands it out: the request line's bytes, a letter each, without white space.
    const text = input.toString('latin1').replace(/[\s\0#]/g, '')
    let code: string
    try {
      code = parseCallbackQuery(text, EXPECTED)
    } catch (error) {
      hold(isCis2Error(error) && CODES.has(error.code), 'only the declared errors are thrown')
      return
    }
    const pairs = pairsOf(text)
    const valuesOf = (name: string) => pairs.filter(([each]) => each === name).map(([, value]) => value)
    hold(/^[\x20-\x7e]{1,4096}$/.test(code), 'a code is printable')
    hold(valuesOf('code').join('\0') === code, 'the code is the only one in the query')
    hold(valuesOf('state').join('\0') === STATE, 'the state is the only one, and ours')
    hold(valuesOf('iss').join('\0') === ISSUER, 'the issuer is the only one, and CIS2')
    hold(valuesOf('error').length === 0, 'an error has no code')
    hold(!FOREIGN.some((name) => valuesOf(name).length > 0), 'nothing belongs to another flow')
  },
}
