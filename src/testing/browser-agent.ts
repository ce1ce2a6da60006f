/** An agent for an application that listens: what supertest's does, where a real browser is to be signed in. */
import { usualFetch } from '../simulator/fetch-over-node.js'
import { type BrowserCookie, BrowserCookies } from './browser-cookies.js'
import type { SupertestAgent, SupertestRequest, SupertestResponse } from './supertest-agent.js'
import { TestCis2Error } from './test-cis2-error.js'

/** A page of Playwright, as far as the test kit needs it; told by its members, so that any version will do. */
export interface PlaywrightPage {
  /** Opens an address. */
  goto(url: string): Promise<unknown>
  /** The browser context that keeps the page's cookies. */
  context(): {
    cookies(urls: string): Promise<BrowserCookie[]>
    addCookies(cookies: BrowserCookie[]): Promise<void>
  }
}

/** Whether it is a page of Playwright and no supertest agent. */
export function isPage(browser: SupertestAgent | PlaywrightPage): browser is PlaywrightPage {
  const { goto, context } = (browser as Partial<PlaywrightPage> | undefined) ?? {}
  return typeof goto === 'function' && typeof context === 'function'
}

/** Its members `app` and `jar` are what supertest's agents have, and the kit tells them by. */
export class BrowserAgent implements SupertestAgent {
  readonly app: string
  readonly jar: BrowserCookies

  constructor(origin: string, cookies?: readonly BrowserCookie[]) {
    this.app = origin
    this.jar = new BrowserCookies(origin, cookies)
  }

  get(path: string): SupertestRequest {
    const headers: Record<string, string> = {}
    const request: SupertestRequest = {
      set(more) {
        Object.assign(headers, more)
        return request
      },
      then: (resolve, reject) => this.#send(path, headers).then(resolve, reject),
    }
    return request
  }

  async #send(path: string, headers: Readonly<Record<string, string>>): Promise<SupertestResponse> {
    const response = await this.#fetch(this.app + path, { ...headers, cookie: this.jar.header })
    this.jar.take(response.headers.getSetCookie())
    const text = await response.text()
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: isJson(response) ? (JSON.parse(text) as unknown) : {},
      text,
    }
  }

  async #fetch(address: string, headers: Record<string, string>): Promise<Response> {
    try {
      return await usualFetch()(address, { headers, redirect: 'manual' })
    } catch (cause) {
      const message = `Nothing answers at ${this.app}: a browser needs an application that listens at its baseUrl.`
      throw new TestCis2Error(message, { cause })
    }
  }
}

function isJson({ headers }: Response): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/.test(headers.get('content-type') ?? '')
}
