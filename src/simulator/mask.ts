/** Takes secrets out of what the request log shows, and opens tokens so that people can read their claims. */

/** Never shown at all. */
const SECRET = new Set(['client_secret', 'password', 'pin', 'code_verifier', 'refresh_token'])
/** Only the beginning is shown: enough to tell one from another. */
const SHORTENED = new Set(['code', 'access_token'])

function readPart(part: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as unknown
  } catch {
    return undefined
  }
}

/** A JWT's header and claims, its signature left out; undefined for any other text. */
export function openToken(text: string): { header: unknown; claims: unknown; signature: 'masked' } | undefined {
  const parts = text.split('.')
  if (parts.length !== 3) return undefined
  const [header, claims] = [readPart(parts[0]), readPart(parts[1])]
  return header !== undefined && claims !== undefined ? { header, claims, signature: 'masked' } : undefined
}

/** One value as it may be shown. */
export function maskValue(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (SECRET.has(name)) return 'masked'
  const token = openToken(value)
  if (token) return token
  return SHORTENED.has(name) ? `${value.slice(0, Math.min(6, value.length / 4))}…` : value
}

/** Every member of an object as it may be shown. */
export function maskObject(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries([...entries].map(([name, value]) => [name, maskValue(name, value)]))
}

/** The text of a body as it may be shown: JSON and tokens opened, pages left out. */
export function maskBody(type: string, body: string): unknown {
  if (type.includes('html')) return undefined
  const token = openToken(body)
  if (token) return token
  try {
    const parsed = JSON.parse(body) as unknown
    return typeof parsed === 'object' && parsed !== null ? maskObject(Object.entries(parsed)) : parsed
  } catch {
    return body.slice(0, 200)
  }
}

/** An address with the secrets of its query masked. */
export function maskAddress(address: string): string {
  const [path = '', query] = address.split('?', 2)
  if (query === undefined) return address
  const shown = [...new URLSearchParams(query)].map(([name, value]) => {
    const masked = maskValue(name, value)
    return `${name}=${typeof masked === 'string' ? masked : '(token)'}`
  })
  return `${path}?${shown.join('&')}`
}
