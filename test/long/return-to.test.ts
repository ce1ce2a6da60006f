/** RT-13: whatever is asked for as `returnTo`, nobody leaves the origin. The oracle is the WHATWG URL, here and in Chromium. */
import { chromium } from 'playwright-core'

import { safeReturnTo } from '../../src/express/return-to.js'
import type { Cis2Config } from '../../src/options/cis2-config.js'
import { parseOptions } from '../../src/options/parse-options.js'
import { Seeded } from '../schedule/choices.js'
import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { RealClock } from '../support/redis/topology-load.js'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

const SAMPLES = Math.max(10_000, Math.round(LONG_MINUTES * 100_000))
const IN_A_BROWSER = 20_000
const JOURNEYS = 500
const LONGEST_TEXT = 14

const PIECES = [
  ...'/\\.:@%?#;,&=+-_~!$\'"<>[]{}|^`*()'.split(''),
  ...'\t\n\r \0\x0b\x0c\x1f\x7f'.split(''),
  ...'0123456789abcdefx'.split(''),
  ...[
    '//',
    '/\\',
    '/.',
    '/..',
    '/./',
    '..;/',
    '%2f',
    '%2F',
    '%5c',
    '%09',
    '%0a',
    '%0d%0a',
    '%00',
    '%25',
    '%252f',
    '%c0%af',
  ],
  ...['evil.example', 'localhost', '127.0.0.1', 'http:', 'https:', 'javascript:', 'data:', 'blob:', 'xn--', '[::1]'],
  ...[
    '\u2215',
    '\uff0f',
    '\uff3c',
    '\u3002',
    '\uff0e',
    '\u2028',
    '\u00a0',
    '\u200b',
    '\u202e',
    '\ufeff',
    '\ud800',
    '\udc00',
    '💊',
  ],
  ...['/login', '/logout', '/callback', '/change-role', '/patients', '/clinic'],
]

describe('returnTo', () => {
  const config = parseOptions({
    issuer: 'http://127.0.0.1:1/realm',
    clientId: 'fuzz',
    clientAuthentication: { method: 'client_secret_post', clientSecret: 'a-secret-of-the-client' },
    baseUrl: 'https://clinic.example/app',
    session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', redis: 'redis://127.0.0.1:1' },
  })

  function sample(random: Seeded): string {
    const start = random.fraction() < 0.8 ? '/' : ''
    return start + Array.from({ length: random.choose(LONGEST_TEXT) }, () => random.pick(PIECES)).join('')
  }

  function accepted(count: number): string[] {
    const random = new Seeded(LONG_SEED)
    const kept = Array.from({ length: count }, () => safeReturnTo(sample(random), config))
    return kept.filter((path) => path !== undefined)
  }

  it('RT-13 never leaves the origin, nor leads to a route of ours, as Node reads it', () => {
    const kept = accepted(SAMPLES)
    expect(kept.filter((path) => leaves(path, config))).toEqual([])
    // Most are nonsense; were nearly all refused, this would prove little.
    expect(kept.length).toBeGreaterThan(SAMPLES / 50)
    leaveReport('returnTo', [`${SAMPLES} samples, ${kept.length} of them accepted, none leaves the origin`])
  })

  it('RT-13 never leaves the origin as Chromium reads it', async () => {
    const executablePath = process.env.CIS2_CHROMIUM
    if (executablePath === undefined)
      throw new Error('This test needs Chromium (apt-get install chromium), or CHROME_PATH.')
    const kept = accepted(SAMPLES).slice(0, IN_A_BROWSER)
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    const page = await browser.newPage()
    const origins = await page.evaluate(originsOf, { paths: kept, base: `${config.baseUrl.origin}/callback?code=1` })
    await browser.close()
    expect(origins).toEqual([config.baseUrl.origin])
  })

  it('RT-13 never leaves the origin in the Location of a callback', async () => {
    const provider = await ScriptedProvider.start()
    const app = await startApp({ provider, clock: new RealClock() })
    const random = new Seeded(LONG_SEED)
    const locations: string[] = []
    for (let journey = 0; journey < JOURNEYS; journey++) {
      const query = new URLSearchParams({ returnTo: sample(random) })
      const answer = await app.signIn(app.browser(), `/login?${query.toString()}`)
      locations.push(`${answer.status} ${new URL(answer.location ?? 'nowhere:', app.baseUrl).origin}`)
    }
    await app.stop()
    await provider.stop()
    expect([...new Set(locations)]).toEqual([`303 ${new URL(app.baseUrl).origin}`])
  })
})

function leaves(path: string, { baseUrl, routes }: Cis2Config): boolean {
  const url = new URL(path, `${baseUrl.origin}/callback?code=1`)
  const ours = [routes.login, routes.callback, routes.logout, routes.changeRole].map(
    (route) => baseUrl.path + String(route),
  )
  return url.origin !== baseUrl.origin || ours.includes(url.pathname)
}

/** Runs in the page. */
function originsOf({ paths, base }: { paths: string[]; base: string }): string[] {
  return [...new Set(paths.map((path) => new URL(path, base).origin))]
}
