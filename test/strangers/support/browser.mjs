// A browser without eyes: keeps cookies, follows redirects, posts forms, and says that it navigates, as browsers do.
import { request as overTcp } from 'node:http'
import { request as overTls } from 'node:https'
import { URLSearchParams } from 'node:url'

const NAVIGATION = { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }

/** `ca`: the certificate of the simulator. Cookies are kept together: everything is on one host. */
export function openBrowser(ca) {
  const cookies = new Map()

  async function go(address, form) {
    for (let hops = 0; hops < 15; hops += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const { status, headers, text } = await send(address, { ...NAVIGATION, ...(cookie ? { cookie } : {}) }, form, ca)
      for (const line of headers['set-cookie'] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
        if (value === '' || /max-age=0/i.test(line)) cookies.delete(name)
        else cookies.set(name, value)
      }
      const { location } = headers
      if (location === undefined || status < 300 || status >= 400) return { status, headers, text }
      address = new URL(location, address).href
      form = undefined
    }
    throw new Error(`too many redirects, at last to ${address}`)
  }
  return { go }
}

function send(address, headers, form, ca) {
  const request = address.startsWith('https:') ? overTls : overTcp
  const type = form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}
  const options = { ca, agent: false, method: form ? 'POST' : 'GET', headers: { ...headers, ...type } }
  return new Promise((resolve, reject) => {
    const sent = request(address, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
    })
    sent.on('error', reject)
    sent.end(form ? new URLSearchParams(form).toString() : undefined)
  })
}
