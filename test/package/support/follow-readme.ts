/** Does what README.md says under "Your own application", in an empty folder, and looks at the result as a browser would. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { CookieJar } from 'tough-cookie'

import { freePort } from '../../support/free-port.js'

export interface Chapter {
  /** The `.env` that is printed. */
  readonly env: string
  /** `app.mjs`, and unchanged `app.ts`. */
  readonly app: string
  /** The lines that a CommonJS file begins with. */
  readonly requires: string
}

/** What the page prints, from the file in the package. */
export function readChapter(readme: string): Chapter {
  function printed(start: RegExp): string {
    const [, code] = start.exec(readme) ?? []
    if (code === undefined) throw new Error(`README.md has no block ${String(start)}`)
    return code.replaceAll(/^ {2}(?=const )/gm, '')
  }
  return {
    env: printed(/^```ini\n([\s\S]*?)^```$/m),
    app: printed(/^```ts\n([\s\S]*?)^```$/m),
    requires: printed(/^ *```js\n([\s\S]*?)^ *```$/m),
  }
}

/** As the page says: `app.cjs` begins with the printed lines, and has `const` in place of `export const`. */
export function asCommonJs({ app, requires }: Chapter): string {
  return requires + app.replaceAll(/^import .*\n/gm, '').replaceAll('export const', 'const')
}

export interface Page {
  readonly status: number
  readonly text: string
}

/** What a browser asks when its user goes somewhere; `fetch` sets `Sec-Fetch-Mode` itself, and to another value. */
async function ask(address: string, method: string, cookie: string): Promise<IncomingMessage> {
  const headers = {
    accept: 'text/html',
    cookie,
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-site': method === 'GET' ? 'none' : 'same-origin',
  }
  const asked = request(address, { method, headers }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return answer
}

/** What a process says from now on, up to `sign` or its end. */
async function untilSaid(process_: ChildProcess, sign: string): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const add = (part: Buffer) => {
      said += part.toString()
      if (said.includes(sign)) resolve(said)
    }
    process_.stdout?.on('data', add)
    process_.stderr?.on('data', add)
    process_.once('exit', () => {
      resolve(said)
    })
  })
}

/** The simulator and the application of one reader, at ports of their own in place of 9000 and 3000. */
export class Reader {
  readonly folder: string
  private readonly ports: { readonly simulator: number; readonly app: number }
  private readonly running: ChildProcess[] = []

  private constructor(folder: string, ports: { readonly simulator: number; readonly app: number }) {
    this.folder = folder
    this.ports = ports
  }

  static async in(folder: string, { env }: Chapter): Promise<Reader> {
    mkdirSync(folder, { recursive: true })
    const reader = new Reader(folder, { simulator: await freePort(), app: await freePort() })
    writeFileSync(join(folder, '.env'), reader.placed(env))
    const { simulator, app } = reader.ports
    const flags = ['--port', String(simulator), '--app', `http://localhost:${String(app)}`]
    const bin = join(folder, 'node_modules/express-cis2/dist/bin.cjs')
    await reader.start([bin, 'simulator', ...flags], 'CIS2 simulator at')
    return reader
  }

  get address(): string {
    return `http://localhost:${String(this.ports.app)}`
  }

  /** Saves the application under this name. */
  save(name: string, code: string): void {
    writeFileSync(join(this.folder, name), this.placed(code))
  }

  /** Runs `node` with these words until it prints `sign`. */
  async start(
    words: readonly string[],
    sign: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly started: ChildProcess; readonly output: string }> {
    const started = this.run(words, env)
    const output = await untilSaid(started, sign)
    if (!output.includes(sign)) throw new Error(`It ended without "${sign}":\n${output}`)
    return { started, output }
  }

  /** Saves the application again while `--watch` runs it, and waits until it has printed `sign` anew. */
  async saveAgain(process_: ChildProcess, name: string, code: string, sign: string): Promise<void> {
    const again = untilSaid(process_, sign)
    this.save(name, code)
    if (!(await again).includes(sign)) throw new Error('It ended when it was saved again.')
  }

  /** Runs `node` with these words to its end, and returns what it said. */
  async ending(words: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const process_ = this.run(words, {})
    let output = ''
    process_.stdout?.on('data', (part: Buffer) => (output += part.toString()))
    process_.stderr?.on('data', (part: Buffer) => (output += part.toString()))
    const [code] = (await once(process_, 'close')) as [number | null]
    return { code, output }
  }

  async stop(): Promise<void> {
    const ended = this.running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    await Promise.all(
      ended.map(async (process_) => {
        process_.kill()
        await once(process_, 'exit')
      }),
    )
  }

  /** A browser that opens a page of the application; at CIS2 the nurse is chosen by the simulator itself. */
  browser(): (path: string, method?: string) => Promise<Page> {
    const jar = new CookieJar()
    return async (path, method = 'GET') => {
      await fetch(`http://127.0.0.1:${String(this.ports.simulator)}/simulator/next-sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: 'Ngozi Okafor' }),
      })
      let address = new URL(path, this.address).href
      let verb = method
      for (let hops = 0; hops < 12; hops += 1) {
        const answer = await ask(address, verb, await jar.getCookieString(address))
        for (const cookie of answer.headers['set-cookie'] ?? []) await jar.setCookie(cookie, address)
        const { location } = answer.headers
        if (location === undefined) return { status: answer.statusCode ?? 0, text: await text(answer) }
        answer.resume()
        address = new URL(location, address).href
        verb = 'GET'
      }
      throw new Error('It went round in circles.')
    }
  }

  private run(words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const hidden = /^(JEST_|npm_|NODE_ENV$|NODE_OPTIONS$|REDIS_URL$|SESSION_SECRET$|CIS2_)/
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)))
    const process_ = spawn(process.execPath, [...words], { cwd: this.folder, env: { ...own, ...env } })
    this.running.push(process_)
    return process_
  }

  private placed(printed: string): string {
    return printed
      .replaceAll('127.0.0.1:9000', `127.0.0.1:${String(this.ports.simulator)}`)
      .replaceAll('localhost:3000', `localhost:${String(this.ports.app)}`)
      .replaceAll('listen(3000', `listen(${String(this.ports.app)}`)
  }
}
