// A browser without eyes: signs in through the redirects and keeps the cookies of the application.
import { Agent, request } from 'node:http'
import { URLSearchParams } from 'node:url'

import { SELECTED_ROLE, SUBJECT } from './user.mjs'

const agent = new Agent({ keepAlive: true })

/** Signs in at an application: `local` by one request, `provider` through the simulator. Answers the `Cookie` header. */
export async function signIn(url, how) {
  const jar = new Map()
  if (how === 'local') await visit(`${url}/sign-in`, jar)
  else await throughProvider(url, jar)
  return cookieHeader(jar)
}

async function throughProvider(url, jar) {
  const authorize = redirectOf(await visit(`${url}/login`, jar), 'login')
  const page = redirectOf(await visit(authorize), 'the provider')
  const form = { user: SUBJECT, authenticator: 'smartcard', role: SELECTED_ROLE, action: 'sign-in' }
  const callback = redirectOf(await visit(new URL(page, authorize).href, new Map(), form), 'the sign-in page')
  redirectOf(await visit(callback, jar), 'the callback')
}

function redirectOf({ status, location }, who) {
  if (location === undefined) throw new Error(`${who} answered ${status} instead of a redirect`)
  return location
}

/** One request; `form` makes it a POST. Redirects are not followed. */
export function visit(address, jar = new Map(), form) {
  const body = form === undefined ? undefined : new URLSearchParams(form).toString()
  const headers = {
    ...(jar.size === 0 ? {} : { cookie: cookieHeader(jar) }),
    ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  return new Promise((resolve, reject) => {
    const sent = request(address, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      for (const line of response.headers['set-cookie'] ?? []) keep(jar, line)
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      response.once('end', () => {
        resolve({ status: response.statusCode, location: response.headers.location, text })
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

function keep(jar, line) {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
  if (value === '' || /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}

function cookieHeader(jar) {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}
