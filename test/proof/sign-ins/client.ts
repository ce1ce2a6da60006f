/** A browser in few lines, for a million sign-ins: cookies by name, connections that are kept. */
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** In place of the browser's own. */
  readonly cookies?: readonly (readonly [string, string])[]
}

export class ProofBrowser {
  readonly cookies = new Map<string, string>()

  async send(address: string, { method = 'GET', headers = {}, body, cookies }: Sent = {}): Promise<Answer> {
    const cookie = [...(cookies ?? this.cookies)].map(([name, value]) => `${name}=${value}`).join('; ')
    const { setCookies, ...answer } = await exchange(
      address,
      method,
      cookie === '' ? headers : { ...headers, cookie },
      body,
    )
    for (const line of setCookies) this.#keep(line)
    return answer
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '' || /;\s*Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

export function closeConnections(): void {
  agent.destroy()
}

function exchange(
  address: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<Answer & { readonly setCookies: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sent = request(address, { agent, method, headers: { ...headers, ...length } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.once('error', reject)
      answer.once('end', () => {
        const { statusCode = 0, headers: received } = answer
        resolve({
          status: statusCode,
          location: received.location,
          body: text,
          setCookies: received['set-cookie'] ?? [],
        })
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
