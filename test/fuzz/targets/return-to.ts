/** `returnTo`: what anybody can write into a link. */
import { safeReturnTo } from '../../../src/express/return-to.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'
import { hold, type FuzzTarget } from './target.js'

const ORIGIN = 'https://own.example'
const routes = {
  login: '/login',
  callback: '/callback',
  logout: '/logout',
  changeRole: '/change-role',
  backChannelLogout: false,
} as const
const config = { baseUrl: { origin: ORIGIN, path: '/clinic', secure: true }, routes } as unknown as Cis2Config

/** As the URL Standard resolves it, against where the browser may be, and again after a proxy has decoded it. */
function leavesTheOrigin(path: string): boolean {
  return [path, decodedOnce(path)].some((text) =>
    [ORIGIN, `${ORIGIN}/clinic/callback?code=1`].some((base) => new URL(text, base).origin !== ORIGIN),
  )
}

function decodedOnce(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

export const returnTo: FuzzTarget = {
  name: 'return-to',
  seeds: [
    '/patients/1?tab=2#notes',
    '/a/../b/./c',
    '//evil.example',
    '/\\evil.example',
    'https://own.example/patients',
    'https:evil.example',
    '/%2f%2fevil.example',
    '/a/../%2fevil.example',
    '/%c0%af/evil',
    '/clinic/login',
    '/clinic/change-role',
    '/search?q=caf%C3%A9',
    'javascript:alert(1)',
    '/\t/evil.example',
  ],
  maxBytes: 2_200,
  run(input) {
    const text = input.toString()
    const path = safeReturnTo(text, config)
    if (path === undefined) return
    hold(/^\/(?!\/)/.test(path), 'a path begins with one slash')
    hold(!/[\\\s\p{Cc}\p{Cf}]/u.test(path), 'a path has no character that browsers drop or change')
    hold(!leavesTheOrigin(path), 'a path stays on the origin')
    hold(safeReturnTo(path, config) === path, 'a path that is safe stays as it is')
    const { pathname } = new URL(path, ORIGIN)
    const own = Object.values(routes).filter((route) => route !== false)
    hold(!own.some((route) => pathname === route || pathname === `/clinic${route}`), 'a path is none of the own routes')
    // Node refuses to send a header that is more than one line.
    hold(/^[\x21-\x7e]+$/.test(path), 'a path can stand in a Location header')
  },
}
