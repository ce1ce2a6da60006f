/** The first step of a sign-in, as it arrives at a browser: the redirect, its cookie, and whether it may be cached. */
import type { Cis2Config } from '../../options/cis2-config.js'
import { publicAddress } from '../../primitives/public-address.js'
import type { Answer, Ask } from './ask-application.js'
import { type Finding, ok, problem } from './findings.js'
import { wrongAnswer } from './wrong-answer.js'

export async function checkSignIn(config: Cis2Config, ask: Ask): Promise<Finding[]> {
  if (config.routes.login === false) return []
  const answer = await ask(config.routes.login, { as: 'browser' })
  const location = answer.headers.get('location') ?? ''
  if (![302, 303].includes(answer.status) || !URL.canParse(location)) return [refused(answer)]
  return [
    checkRedirect(config, new URL(location)),
    checkCookie(config, answer.headers.getSetCookie()),
    checkCaching(answer.headers.get('cache-control') ?? ''),
  ]
}

function refused(answer: Answer): Finding {
  const code = answer.json?.code
  if (code === 'CIS2_INSECURE_TRANSPORT') {
    return problem(
      'sign-in',
      'the application sees http although baseUrl is https',
      'A proxy that the application trusts says "X-Forwarded-Proto: http".',
      'Let the proxy send X-Forwarded-Proto: https, and redirect http to https before the application.',
    )
  }
  if (answer.status === 503 && typeof code === 'string') {
    return problem(
      'sign-in',
      `the application answers 503 (${code})`,
      'The application itself does not reach CIS2 or Redis.',
      'Run this command where the application runs, and look at what health() reports.',
    )
  }
  return wrongAnswer('sign-in', answer)
}

function checkRedirect({ baseUrl, routes, clientId }: Cis2Config, location: URL): Finding {
  const expected = publicAddress(baseUrl, String(routes.callback))
  const sent = location.searchParams.get('redirect_uri')
  if (sent === expected && location.searchParams.get('client_id') === clientId) {
    return ok('sign-in', `leads to ${location.origin}; to register: ${expected}`)
  }
  const message =
    sent === expected
      ? 'the application sends another client_id than this configuration has'
      : `the application sends redirect_uri ${String(sent)}, this configuration has ${expected}`
  return problem(
    'sign-in',
    message,
    'CIS2 compares the redirect address and the client with what is registered, to the last character.',
    'Deploy the application with this configuration, or examine the one that it runs with.',
  )
}

function checkCookie({ baseUrl, session }: Cis2Config, cookies: readonly string[]): Finding {
  const cookie = cookies.find((text) => text.startsWith(session.signInCookiePrefix))
  const attributes = new Set((cookie ?? '').split(';').map((part) => part.trim().toLowerCase()))
  const needed = ['httponly', 'samesite=lax', 'path=/', ...(baseUrl.secure ? ['secure'] : [])]
  const missing = needed.filter((attribute) => !attributes.has(attribute))
  if (missing.length === 0) return ok('cookie', needed.join(', '))
  return problem(
    'cookie',
    cookie === undefined
      ? 'the sign-in cookie does not arrive'
      : `the sign-in cookie arrives without ${missing.join(', ')}`,
    'Something between the application and the browser removes or rewrites cookies: sign-ins are lost or unsafe.',
    'Switch off cookie rewriting in the proxy (for nginx: proxy_cookie_path, proxy_cookie_flags).',
  )
}

function checkCaching(cacheControl: string): Finding {
  if (/\bno-store\b/i.test(cacheControl)) return ok('caching', 'no-store')
  return problem(
    'caching',
    `the sign-in arrives with "Cache-Control: ${cacheControl}", without no-store`,
    'A cache that keeps it hands the sign-in of one user to another.',
    'Let the proxy or CDN pass Cache-Control on unchanged, and keep these routes out of its cache.',
  )
}
