/** RT-13: whatever is asked for as `returnTo`, nobody leaves the origin: in Chromium, and at the end of a sign-in. */
import { chromium } from 'playwright-core'

import { safeReturnTo } from '../../src/express/return-to.js'
import { parseOptions } from '../../src/options/parse-options.js'
import { Draws } from '../proof/draws.js'
import { sample } from '../proof/return-addresses/grammar.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { RealClock } from '../support/redis/topology-load.js'
import { LONG_SEED } from './settings.js'

const IN_A_BROWSER = 60_000
const JOURNEYS = 500

describe('returnTo', () => {
  const config = parseOptions({
    issuer: 'http://127.0.0.1:1/realm',
    clientId: 'fuzz',
    clientAuthentication: { method: 'client_secret_post', clientSecret: 'a-secret-of-the-client' },
    baseUrl: 'https://clinic.example/app',
    session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', redis: 'redis://127.0.0.1:1' },
  })

  const draws = new Draws()

  function accepted(count: number): string[] {
    const kept = Array.from({ length: count }, (_, number) =>
      safeReturnTo(sample(draws.begin(LONG_SEED, number)), config),
    )
    return kept.filter((path) => path !== undefined)
  }

  it('RT-13 never leaves the origin as Chromium reads it', async () => {
    const executablePath = process.env.CIS2_CHROMIUM
    if (executablePath === undefined)
      throw new Error('This test needs Chromium (apt-get install chromium), or CHROME_PATH.')
    const kept = accepted(IN_A_BROWSER)
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    const page = await browser.newPage()
    const origins = await page.evaluate(originsOf, { paths: kept, base: `${config.baseUrl.origin}/callback?code=1` })
    await browser.close()
    expect(origins).toEqual([config.baseUrl.origin])
  })

  it('RT-13 never leaves the origin in the Location of a callback', async () => {
    const provider = await ScriptedProvider.start()
    const app = await startApp({ provider, clock: new RealClock() })
    const locations: string[] = []
    for (let journey = 0; journey < JOURNEYS; journey++) {
      const query = new URLSearchParams({ returnTo: sample(draws.begin(LONG_SEED, journey)) })
      const answer = await app.signIn(app.browser(), `/login?${query.toString()}`)
      locations.push(`${answer.status} ${new URL(answer.location ?? 'nowhere:', app.baseUrl).origin}`)
    }
    await app.stop()
    await provider.stop()
    expect([...new Set(locations)]).toEqual([`303 ${new URL(app.baseUrl).origin}`])
  })
})

/** Runs in the page. */
function originsOf({ paths, base }: { paths: string[]; base: string }): string[] {
  return [...new Set(paths.map((path) => new URL(path, base).origin))]
}
