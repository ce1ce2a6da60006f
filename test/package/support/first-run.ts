/** What a developer does after `init`: starts two programs, opens the page, and signs in. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { bareFetch } from '../../../src/cli/doctor/bare-fetch.js'

/** Runs a printed command, and resolves with its first line of output that matches. */
export async function startPrinted(
  command: string,
  { cwd, env, line }: { cwd: string; env: Readonly<Record<string, string>>; line: RegExp },
): Promise<{ readonly found: string; stop(): Promise<void> }> {
  const { PATH = '', HOME = '' } = process.env
  // A group of its own, so that npm, its shell and what they run end together.
  const child = spawn('sh', ['-c', command], { cwd, env: { PATH, HOME, NO_COLOR: '1', ...env }, detached: true })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => (printed += part))
  for await (const part of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += String(part)
    const found = line.exec(printed)?.[0]
    if (found !== undefined) return { found, stop: () => stop(child) }
  }
  throw new Error(`${command} ended without ${String(line)}:\n${printed}`)
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close')
  // Whoever reads nothing more would be waited for.
  child.stdout?.resume()
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  await ended
}

const MOST_REDIRECTS = 10

/**
 * Opens an address as a browser does: follows redirects, and keeps each host's cookies. Not by Node's own fetch, which says
 * of every request that it comes from a script.
 */
export async function openPage(address: string): Promise<string> {
  const jar = new Map<string, Map<string, string>>()
  let url = new URL(address)
  for (let hop = 0; hop < MOST_REDIRECTS; hop += 1) {
    const cookies = jar.get(url.host) ?? new Map<string, string>()
    jar.set(url.host, cookies)
    const response = await bareFetch(url, {
      headers: {
        accept: 'text/html',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    })
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) return response.text()
    url = new URL(location, url)
  }
  throw new Error(`More than ${String(MOST_REDIRECTS)} redirects from ${address}.`)
}
