/** The way back from CIS2: a query with the address of the issuer in it, which firewalls take for an attack. */
import { randomBytes } from 'node:crypto'

import type { Cis2Config } from '../../options/cis2-config.js'
import { type Answer, type Ask, FROM_HERE } from './ask-application.js'
import { type Finding, ok, problem } from './findings.js'
import { wrongAnswer } from './wrong-answer.js'

const CHECK = 'callback-route'

/** Now and then a real code has this in it: to some rule sets it is SQL. */
const LIKE_SQL = '--0x1f'

/** Sends what no sign-in has made: the application refuses it by its `state`, before it asks CIS2 anything. */
export async function checkCallback(config: Cis2Config, ask: Ask): Promise<Finding[]> {
  const { callback } = config.routes
  if (callback === false) return []
  const iss = { iss: config.issuer }
  const plain = { code: invented(), state: invented(), client_id: config.clientId }
  const odd = { ...plain, code: `${invented()}${LIKE_SQL}${invented()}` }
  const send = (query: Readonly<Record<string, string>>) => ask(callback, { query, as: 'browser' })

  const real = await send({ ...odd, ...iss })
  if (isOurs(real)) return [taken(real)]
  // The application is reached; what ails it is told by the check of the sign-in.
  if (real.json?.code === 'CIS2_INSECURE_TRANSPORT') return []
  const bare = await send(plain)
  if (isOurs(bare)) {
    const [withIssuer, withOddCode] = [await send({ ...plain, ...iss }), await send(odd)]
    return [eaten(real, [...(isOurs(withIssuer) ? [] : ['iss']), ...(isOurs(withOddCode) ? [] : ['code'])])]
  }
  // The application answers errors itself, and how is its own affair: alike with whatever query, it is one.
  const isAlike = real.status === bare.status && real.text === bare.text
  if (config.errors === 'next' && isAlike && real.status === 400) return [taken(real)]
  return [wrongAnswer(CHECK, real)]
}

function isOurs({ status, json }: Answer): boolean {
  return status === 400 && json?.code === 'CIS2_SIGN_IN_REFUSED'
}

function taken({ address }: Answer): Finding {
  return ok(CHECK, `${address} takes what CIS2 sends, "iss=https://…" in the query included`, FROM_HERE)
}

const ATTACKS: Readonly<Record<string, string>> = {
  iss: 'the address in "iss" for remote file inclusion (rules 931100 to 931130 of the OWASP Core Rule Set): every sign-in ends there',
  code: `a "code" with ${LIKE_SQL} in it for SQL (rules 942100 to 942450): some sign-ins end there`,
}

/** @param names - The parameters without which it is let through; none: all of them together are too much. */
function eaten(answer: Answer, names: readonly string[]): Finding {
  const { message } = wrongAnswer(CHECK, answer)
  const guilty = names.length === 0 ? ['iss', 'code'] : names
  const quoted = guilty.map((name) => `"${name}"`).join(' and ')
  return problem(
    CHECK,
    `${message}; with another ${quoted} in the query the application answers`,
    `A firewall takes ${guilty.map((name) => ATTACKS[name] ?? name).join('; and ')}.`,
    `Exempt ${quoted} from these rules, for ${answer.address}: docs/deployment.md has the rules to write.`,
  )
}

/** In hexadecimal: what is by chance in base64url ("--") would be blamed on the parameter beside it. */
function invented(): string {
  return randomBytes(32).toString('hex')
}
