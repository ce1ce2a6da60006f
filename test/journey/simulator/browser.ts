/** A browser without eyes: keeps cookies, follows nothing by itself. */
import type { Simulator } from 'express-cis2/simulator'

export interface Reply {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly text: string
}

export interface Browser {
  get(address: string): Promise<Reply>
  post(address: string, fields: Record<string, string>): Promise<Reply>
  forgetCookies(): void
}

/** Cookies are kept for the simulator alone, so one jar is enough. */
export function openBrowser(simulator: Simulator): Browser {
  const cookies = new Map<string, string>()
  const send = async (address: string, init: RequestInit): Promise<Reply> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const url = new URL(address, simulator.issuer)
    const headers = { ...(cookie === '' ? {} : { cookie }) }
    const response = await simulator.fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (line.includes('Max-Age=0')) cookies.delete(name)
      else cookies.set(name, value)
    }
    const { status, headers: received } = response
    return { status, location: received.get('location'), headers: received, text: await response.text() }
  }
  return {
    get: (address) => send(address, {}),
    post: (address, fields) => send(address, { method: 'POST', body: new URLSearchParams(fields) }),
    forgetCookies: () => {
      cookies.clear()
    },
  }
}
