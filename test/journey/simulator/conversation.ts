/** Talking to the simulator request by request, as no library would. */
import type { Simulator, SimulatorClient } from 'express-cis2/simulator'
import { type Browser, openBrowser, type Reply } from './browser.js'

export const CLIENT_ID = 'a-client'
export const SECRET = 'a secret with spaces & signs'
export const REDIRECT_URI = 'https://clinic.example/callback'
export const CLIENT: SimulatorClient = {
  clientId: CLIENT_ID,
  clientSecret: SECRET,
  redirectUris: [REDIRECT_URI],
  tokenEndpointAuthMethod: 'client_secret_post',
}

export type Fields = Record<string, string | undefined>

function withoutUndefined(fields: Fields): URLSearchParams {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) given.set(name, value)
  return given
}

/** The address of an authorization request; `undefined` leaves a parameter out. */
export function authorizeAddress(simulator: Simulator, fields: Fields = {}): string {
  const usual = { response_type: 'code', client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, scope: 'openid', state: 's' }
  return `${simulator.issuer}/authorize?${withoutUndefined({ ...usual, ...fields }).toString()}`
}

/** Parameters of the redirect back to the application. */
export function callbackOf({ location }: Pick<Reply, 'location'>): Record<string, string> {
  if (!location?.startsWith(REDIRECT_URI)) throw new Error(`not a callback: ${String(location)}`)
  return Object.fromEntries(new URL(location).searchParams)
}

export interface Person {
  readonly user: string
  readonly authenticator?: string
  readonly role?: string
}

export const NURSE: Person = { user: '555000000101' }

/** Signs a person in and hands back the callback's parameters. */
export async function signInAs(
  simulator: Simulator,
  { user, authenticator = 'smartcard', role }: Person = NURSE,
  fields: Fields = {},
  browser: Browser = openBrowser(simulator),
): Promise<Record<string, string>> {
  const first = await browser.get(authorizeAddress(simulator, fields))
  if (first.location?.startsWith(REDIRECT_URI)) return callbackOf(first)
  const form = { user, authenticator, action: 'sign-in', ...(role === undefined ? {} : { role }) }
  return callbackOf(await browser.post(first.location ?? '', form))
}

export interface TokenReply {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** Posts to the token endpoint. */
export async function askForTokens(
  simulator: Simulator,
  fields: Fields,
  headers: Record<string, string> = {},
): Promise<TokenReply> {
  const body = withoutUndefined({ grant_type: 'authorization_code', redirect_uri: REDIRECT_URI, ...fields })
  const reply = await simulator.fetch(`${simulator.issuer}/access_token`, { method: 'POST', body, headers })
  return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Record<string, unknown> }
}

/** With the client's secret in the form. */
export function exchange(simulator: Simulator, code: string | undefined, fields: Fields = {}): Promise<TokenReply> {
  return askForTokens(simulator, { code, client_id: CLIENT_ID, client_secret: SECRET, ...fields })
}

/** Claims of a token, not verified. */
export function claimsOf(token: unknown): Record<string, unknown> {
  const [, payload = ''] = String(token).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

/** The ID token's claims after a sign-in. */
export async function idTokenOf(
  simulator: Simulator,
  person: Person = NURSE,
  fields: Fields = {},
  browser?: Browser,
): Promise<Record<string, unknown>> {
  const { code } = await signInAs(simulator, person, fields, browser)
  const { body } = await exchange(simulator, code)
  return claimsOf(body.id_token)
}

/** The reason that the log gives for the last refusal. */
export function lastRefusal(simulator: Simulator): string | undefined {
  return simulator.requests.findLast(({ refusal }) => refusal !== undefined)?.refusal
}
