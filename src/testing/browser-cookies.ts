/** The cookies of a browser that the test kit plays, in the shape that Playwright and Cypress take them. */

/** A cookie for `context.addCookies` of Playwright, and as the third argument of Cypress's `setCookie`. */
export interface BrowserCookie {
  /** The cookie's name. */
  readonly name: string
  /** The cookie's value. */
  readonly value: string
  /** The host of `baseUrl`. */
  readonly domain: string
  /** The path that it is sent to. */
  readonly path: string
  /** Whether scripts cannot read it. */
  readonly httpOnly: boolean
  /** Whether it goes over https alone. */
  readonly secure: boolean
  /** When another site's request carries it. */
  readonly sameSite: 'Strict' | 'Lax' | 'None'
}

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' } as const

/** Keeps what one application sets, and sends it back to it. RFC 6265, section 5.3, as far as one host needs it. */
export class BrowserCookies {
  readonly #domain: string
  readonly #cookies = new Map<string, BrowserCookie>()

  constructor(origin: string, cookies: readonly BrowserCookie[] = []) {
    this.#domain = new URL(origin).hostname
    for (const cookie of cookies) this.#cookies.set(cookie.name, cookie)
  }

  get all(): BrowserCookie[] {
    return [...this.#cookies.values()]
  }

  get header(): string {
    return this.all.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  /** Takes the `Set-Cookie` lines of an answer. */
  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...rest] = line.split(';')
      const at = pair.indexOf('=')
      const name = pair.slice(0, at).trim()
      const attributes = new Map(rest.map(attributeOf))
      if (isOver(attributes)) this.#cookies.delete(name)
      else this.#cookies.set(name, this.#cookieOf(name, pair.slice(at + 1).trim(), attributes))
    }
  }

  #cookieOf(name: string, value: string, attributes: ReadonlyMap<string, string>): BrowserCookie {
    const sameSite = SAME_SITE[attributes.get('samesite')?.toLowerCase() as keyof typeof SAME_SITE] as
      BrowserCookie['sameSite'] | undefined
    return {
      name,
      value,
      domain: this.#domain,
      path: attributes.get('path') ?? '/',
      httpOnly: attributes.has('httponly'),
      secure: attributes.has('secure'),
      // What browsers take a cookie for that does not say.
      sameSite: sameSite ?? 'Lax',
    }
  }
}

function attributeOf(text: string): readonly [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2)
  return [name.trim().toLowerCase(), value.trim()]
}

function isOver(attributes: ReadonlyMap<string, string>): boolean {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined) return Number(maxAge) <= 0
  const expires = attributes.get('expires')
  return expires !== undefined && Date.parse(expires) <= Date.now()
}
