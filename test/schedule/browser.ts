/** Requests and answers without a network, for runs of a hundred thousand schedules; and the cookies they leave. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** Never connected: express-session only looks whether it is encrypted. */
const socket = new Socket()

export class QuietRequest extends IncomingMessage {
  constructor(cookie: string) {
    super(socket)
    this.method = 'GET'
    this.url = '/'
    if (cookie !== '') this.headers.cookie = cookie
  }
}

export class QuietAnswer extends ServerResponse {
  /** Resolves when the answer has left. */
  readonly sent: Promise<void>
  #leave: () => void = () => {}

  constructor(req: IncomingMessage) {
    super(req)
    this.sent = new Promise((resolve) => {
      this.#leave = resolve
    })
  }

  override end(...args: unknown[]): this {
    super.end(...(args as []))
    this.#leave()
    return this
  }

  override destroy(error?: Error): this {
    super.destroy(error)
    this.#leave()
    return this
  }
}

/** One browser's cookies for one origin. */
export class Jar {
  readonly #cookies = new Map<string, string>()

  header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  get(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  set(name: string, value: string): void {
    this.#cookies.set(name, value)
  }

  /** Takes over what an answer sets; says whether it touched `watched`. */
  receive(res: ServerResponse, watched: string): boolean {
    const lines = [res.getHeader('set-cookie') ?? []].flat().map(String)
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.includes('Max-Age=0')) this.#cookies.delete(name)
      else this.#cookies.set(name, pair.slice(name.length + 1))
    }
    return lines.some((line) => line.startsWith(`${watched}=`))
  }
}
