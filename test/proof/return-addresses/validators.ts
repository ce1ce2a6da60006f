/** The package's check of return addresses at several applications; and checks that are known to be wrong, which must be found out. */
import { safeReturnTo } from '../../../src/express/return-to.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'
import { siteOf, type Site } from './judges.js'

export interface Validator {
  readonly site: Site
  readonly accept: (text: string) => string | undefined
}

const ROUTES = { login: '/login', callback: '/callback', logout: '/logout', changeRole: '/change-role' }

function configOf(origin: string, path: string): Cis2Config {
  return {
    baseUrl: { origin, path, secure: origin.startsWith('https:') },
    routes: { ...ROUTES, backChannelLogout: '/backchannel-logout', jwks: '/jwks', session: '/session' },
    defaultReturnPath: '/',
  } as unknown as Cis2Config
}

function validatorOf(origin: string, path: string): Validator {
  const config = configOf(origin, path)
  const site = siteOf(
    origin,
    Object.values(ROUTES).map((route) => path + route),
  )
  return { site, accept: (text) => safeReturnTo(text, config) }
}

export const VALIDATORS: readonly Validator[] = [
  validatorOf('https://clinic.example', ''),
  validatorOf('https://clinic.example', '/app'),
  validatorOf('http://127.0.0.1:3000', ''),
]

const SITE = siteOf('https://clinic.example', [])

function wrong(isAccepted: (text: string) => boolean): Validator {
  return { site: SITE, accept: (text) => (isAccepted(text) ? text : undefined) }
}

/** Each as it has been published as the cure somewhere. */
export const WRONG_VALIDATORS: Readonly<Record<string, Validator>> = {
  'begins with a slash': wrong((text) => text.startsWith('/')),
  'begins with one slash': wrong((text) => text.startsWith('/') && !text.startsWith('//')),
  'and no backslash': wrong((text) => /^\/(?![/\\])/.test(text)),
  'of our origin, once resolved': {
    site: SITE,
    accept(text) {
      if (!URL.canParse(text, SITE.page)) return undefined
      const url = new URL(text, SITE.page)
      return url.origin === SITE.origin ? url.pathname + url.search + url.hash : undefined
    },
  },
  'no host in an old parser': wrong((text) => !/^(?:[a-z]+:)?\/\//i.test(text)),
  'not looked at once decoded': wrong((text) => /^\/(?!\/)[!-[\]-~]*$/.test(text)),
}
