/** Addresses and paths among the options: the app's own, the issuer's, and paths within the origin. */
import { z } from 'zod'

import { isLoopback } from '../primitives/is-loopback.js'
import { environmentText } from './schemas.js'

/** `baseUrl` after parsing. */
export interface BaseUrl {
  readonly origin: string
  readonly path: string
  readonly secure: boolean
  readonly loopback: boolean
}

/** What is wrong with an absolute address; undefined when nothing is. Judges the text, which the URL parser repairs silently. */
function addressProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an absolute URL, such as https://clinic.example.nhs.uk'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://'
  if (!/^https?:\/\/[^/]/i.test(text) || /[\s\\]/.test(text)) return 'must be a URL without spaces and backslashes'
  if (url.username !== '' || url.password !== '') return 'must not contain credentials'
  if (/[?#]/.test(text)) return 'must not contain a query or a fragment'
  if (url.hostname.endsWith('.')) return 'must not have a host name that ends in a dot'
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'must use https; http is for loopback addresses only'
  return isPlainPath(text.replace(/^https?:\/\/[^/]+/i, '')) ? undefined : 'has a path with empty, dot or encoded parts'
}

/** Whether a path, one slash at the end aside, has none of the parts that two programs may read differently. */
function isPlainPath(path: string): boolean {
  return /^(\/[\w.~!$&'()*+,;=:@-]+)*\/?$/.test(path) && !path.split('/').some((part) => part === '.' || part === '..')
}

/** An absolute address: https, or http on loopback, as plain as two programs read it alike. */
export const addressSchema = environmentText.superRefine((text, context) => {
  const problem = addressProblem(text)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
})

/** The `baseUrl` option. */
export const baseUrlSchema = addressSchema.transform((text): BaseUrl => {
  const url = new URL(text)
  return {
    origin: url.origin,
    path: url.pathname.replace(/\/$/, ''),
    secure: url.protocol === 'https:',
    loopback: isLoopback(url.hostname),
  }
})

/** Where discovery is, below an issuer. OpenID Connect Discovery 1.0, section 4. */
const DISCOVERY_PATH = /\/\.well-known\/openid-configuration\/?$/

/**
 * The `issuer` option: checked, and left exactly as it was written. The discovery address, which is what NHS pages print,
 * stands for its issuer.
 */
export const issuerSchema = addressSchema.transform((text) => text.replace(DISCOVERY_PATH, ''))

/** Every own address is made of `baseUrl` and a route; one that ends in a route was copied from the registration. */
export function baseUrlProblem(
  { path }: BaseUrl,
  routes: Readonly<Record<string, string | false>>,
): string | undefined {
  const ends = path.toLowerCase()
  const route = Object.entries(routes).find(([, at]) => at !== false && ends.endsWith(at.toLowerCase()))
  if (route === undefined) return undefined
  const [name, at] = route
  return `baseUrl ends in ${String(at)}, which is routes.${name}: leave it off, for routes are added to baseUrl`
}

/** An origin that discovery may name. */
export const originSchema = addressSchema
  .refine((text) => !URL.canParse(text) || new URL(text).pathname === '/', 'must be an origin, without a path')
  .transform((text) => new URL(text).origin)

/** Where one of our routes is answered. Plain parts only, so that routers and proxies agree on what it matches. */
export const routeSchema = z
  .string('must be a path such as "/login", or false')
  .refine(
    (path) => /^(\/[\w.~-]+)+$/.test(path) && isPlainPath(path),
    'must begin with one slash, end without, and have plain parts (letters, digits, "-", ".", "_", "~")',
  )

/** A path within the origin to send a browser to; a query may follow. */
export const localPathSchema = z
  .string('must be a path such as "/"')
  .refine(
    (text) => /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text) && isPlainPath(text.replace(/[?#].*$/, '')),
    'must be a path within this origin: one slash at the beginning, no spaces, backslashes, dot or encoded parts',
  )
