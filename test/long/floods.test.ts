/** What costs nobody but the sender, and what must not grow. */
import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { startRedis, until, type RedisServer } from '../support/redis/redis-server.js'
import { Seeded } from '../schedule/choices.js'
import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'
import { RealClock } from '../support/redis/topology-load.js'
import { LONG_SEED } from './settings.js'

const FLOOD = 2_000
const AT_ONCE = 20
const CALLBACKS = 1_000
/** Room for the noise of a process that runs tests, in bytes. */
const MOST_GROWTH = 8_000_000

describe('floods', () => {
  let provider: ScriptedProvider
  let server: RedisServer
  let app: TestApp
  const figures: string[] = []

  beforeAll(async () => {
    provider = await ScriptedProvider.start()
    server = await startRedis()
    app = await startApp({ provider, clock: new RealClock(), options: { session: { redis: server.url } } })
  })

  afterAll(async () => {
    leaveReport('floods', figures)
    await app.stop()
    await server.stop()
    await provider.stop()
  })

  const random = new Seeded(LONG_SEED)
  const text = (length: number, letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_') =>
    Array.from({ length }, () => letters[random.choose(letters.length)]).join('')
  const cookieName = async () => {
    const host = new URL(app.baseUrl).hostname
    await server.admin.flushall()
    const browser = await app.signedIn()
    // The last command of a sign-in follows the answer.
    await until(async () => (await server.admin.keys('*}:lo')).length === 1, 'the sign-in is settled')
    const name = browser.cookieNames(host).at(-1) ?? ''
    return { name, value: browser.cookieValue(host, name) ?? '' }
  }

  /** How many commands Redis was sent, apart from those that ask it so. */
  async function commandsDuring(flood: () => Promise<void>): Promise<number> {
    await server.admin.config('RESETSTAT')
    await flood()
    const stats = await server.admin.info('commandstats')
    const counts = [...stats.matchAll(/^cmdstat_(evalsha|eval|get|set|del|expire|hget|hmget|exists):calls=(\d+)/gm)]
    return counts.reduce((sum, [, , calls]) => sum + Number(calls), 0)
  }

  async function flood(
    count: number,
    send: (index: number) => Promise<{ status: number }>,
  ): Promise<Map<number, number>> {
    const statuses = new Map<number, number>()
    let next = 0
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < count) {
          const { status } = await send(next++)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
        }
      }),
    )
    return statuses
  }

  it('DOS-2 refuses callbacks with a forged state without asking Redis or CIS2', async () => {
    provider.requests.length = 0
    let statuses = new Map<number, number>()
    const commands = await commandsDuring(async () => {
      statuses = await flood(FLOOD, () =>
        app.browser().request(`${app.baseUrl}/callback?code=${text(20)}&state=${text(52)}`),
      )
    })
    expect([...statuses]).toEqual([[400, FLOOD]])
    expect(commands).toBe(0)
    expect(provider.requests).toEqual([])
    figures.push(`${FLOOD} callbacks with a forged state: ${commands} commands to Redis`)
  })

  it('DOS-4 refuses forged session cookies without asking Redis, and asks once for each that was genuine', async () => {
    const { name, value } = await cookieName()
    const forgeries = [
      () => `s%3A${text(65)}.${text(43)}`,
      () => randomBytes(80).toString('hex'),
      () => `${value.slice(0, -12)}${text(12)}`,
      () => `s%3A.${text(43)}`,
      () => text(400),
      () => '',
    ]
    let statuses = new Map<number, number>()
    const commands = await commandsDuring(async () => {
      statuses = await flood(FLOOD, (index) =>
        app.browser().request(`${app.baseUrl}/me`, {
          headers: { cookie: `${name}=${forgeries[index % forgeries.length]?.() ?? ''}` },
        }),
      )
    })
    expect([...statuses]).toEqual([[401, FLOOD]])
    expect(commands).toBe(0)
    const genuine = await commandsDuring(async () => {
      await app.browser().request(`${app.baseUrl}/me`, { headers: { cookie: `${name}=${value}` } })
    })
    expect(genuine).toBeGreaterThan(0)
    figures.push(`${FLOOD} forged session cookies: ${commands} commands to Redis`)
  })

  it('DOS-3 survives Cookie headers made to hurt', async () => {
    const { name } = await cookieName()
    const bombs = [
      `${name}.999999999=x`,
      Array.from({ length: 500 }, (_, index) => `c${index}=${text(10)}`).join('; '),
      Array.from({ length: 200 }, () => `${name}=${text(20)}`).join('; '),
      Array.from({ length: 100 }, () => `${name.replace('session', 'sign-in')}-${text(22)}=${text(50)}`).join('; '),
      ';'.repeat(12_000),
      '='.repeat(12_000),
      `${name}=${'%'.repeat(10_000)}`,
      `${name}=s%3A${'a'.repeat(12_000)}`,
      `${name}=%E0%A4%A; ${name}=j:{"__proto__":{"user":1}}; __proto__=1; constructor=2; toString`,
      `${name}="${'\\"'.repeat(5_000)}`,
    ]
    let slowest = 0
    const statuses = new Set<number>()
    for (const cookie of bombs) {
      for (const path of ['/me', '/', '/login', '/session', `/callback?code=a&state=${text(52)}`]) {
        const from = performance.now()
        const { status } = await app.browser().request(app.baseUrl + path, { headers: { cookie } })
        slowest = Math.max(slowest, performance.now() - from)
        statuses.add(status)
      }
    }
    expect([...statuses].filter((status) => ![200, 302, 400, 401].includes(status))).toEqual([])
    expect((await app.browser().request(`${app.baseUrl}/me`)).status).toBe(401)
    figures.push(`${bombs.length * 5} requests with hostile Cookie headers, the slowest ${Math.round(slowest)} ms`)
  })

  it('keeps its memory through a thousand callbacks', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    async function used(): Promise<number> {
      provider.requests.length = 0
      app.events.length = 0
      // What the last sockets hold is let go in the next turn.
      await new Promise((resolve) => setImmediate(resolve))
      collect()
      return process.memoryUsage().heapUsed
    }
    const sample = async (): Promise<number> => {
      for (let callback = 0; callback < CALLBACKS / 2; callback++) await app.signedIn()
      return used()
    }
    await sample()
    const before = await sample()
    await sample()
    const growth = (await sample()) - before
    figures.push(`${CALLBACKS} more sign-ins: the heap grew by ${Math.round(growth / 1024)} KB`)
    expect(growth).toBeLessThan(MOST_GROWTH)
  })
})
