/** FIELD-8: whatever strangers send, for a minute: guarded requests keep half their pace, honest users sign in, Redis stays small. */
import { FLOOD_TO_PAUSE, runFlood, type FloodFigures, type FloodSettings } from '../support/commands/run-flood.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'
import { startRedis, type RedisServer } from '../support/redis/redis-server.js'
import { RealClock } from '../support/redis/topology-load.js'
import { leaveReport } from '../schedule/long-run.js'
import { LONG_MINUTES } from './settings.js'

/** A minute of flood, and its pauses. */
const SECONDS = Math.min(90, Math.ceil(LONG_MINUTES * 90))
const STRANGERS = 64
const USERS = 8
/** What a process may leave in Redis because of strangers, in bytes: some thousand sign-ins under way. */
const MOST_IN_REDIS = 20_000_000
/** What CIS2 may be asked because of them, in a second. */
const MOST_CALLS = 120

describe('floods for a minute', () => {
  let provider: ScriptedProvider
  let server: RedisServer
  let app: TestApp
  let user: { readonly cookie: string; readonly name: string }
  const figures: string[] = []

  beforeAll(async () => {
    provider = await ScriptedProvider.start()
    server = await startRedis()
    app = await startApp({ provider, clock: new RealClock(), options: { session: { redis: server.url } } })
    const browser = await app.signedIn()
    const name = browser.cookieNames('127.0.0.1').at(-1) ?? ''
    user = { name, cookie: `${name}=${browser.cookieValue('127.0.0.1', name) ?? ''}` }
    await guarded(2)
  })

  afterAll(async () => {
    leaveReport('floods-for-a-minute', figures)
    await app.stop()
    await server.stop()
    await provider.stop()
  })

  function guarded(seconds: number): Promise<FloodFigures> {
    return runFlood({ kind: 'guarded', url: app.baseUrl, clients: USERS, seconds, cookie: user.cookie })
  }

  async function memory(): Promise<number> {
    return Number(/used_memory_dataset:(\d+)/.exec(await server.admin.info('memory'))?.[1])
  }

  /** Honest users, one after the other, as long as the flood lasts. */
  async function signInsUntil(
    isOver: () => boolean,
  ): Promise<{ succeeded: number; refused: number[]; slowest: number }> {
    const result = { succeeded: 0, refused: [] as number[], slowest: 0 }
    while (!isOver()) {
      const from = performance.now()
      const { status } = await app.signIn(app.browser()).catch(() => ({ status: 0 }))
      result.slowest = Math.max(result.slowest, Math.round(performance.now() - from))
      if (status === 303) result.succeeded += 1
      else result.refused.push(status)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return result
  }

  async function withstands(settings: Pick<FloodSettings, 'kind' | 'tokens' | 'cookie'>): Promise<void> {
    const kept = await memory()
    provider.requests.length = app.events.length = 0
    let isOver = false
    const flood = runFlood({ url: app.baseUrl, clients: STRANGERS, seconds: SECONDS, ...settings }, 19).finally(() => {
      isOver = true
    })
    const [strangers, meanwhile, honest] = await Promise.all([flood, guarded(SECONDS), signInsUntil(() => isOver)])
    const grown = (await memory()) - kept
    const calls = provider.requestsTo('/access_token').length - honest.succeeded
    const pace = meanwhile.flood.requests / FLOOD_TO_PAUSE / meanwhile.pause.requests
    figures.push(
      `${settings.kind}: ${Math.round(strangers.flood.requests / ((SECONDS * 2) / 3))}/s from ${STRANGERS} clients (${JSON.stringify(strangers.statuses)}, ` +
        `median ${strangers.flood.median} ms); guarded requests at ${pace.toFixed(2)} of their pace (median ${meanwhile.flood.median} ms, else ${meanwhile.pause.median} ms); ` +
        `${honest.succeeded} honest sign-ins, the slowest ${honest.slowest} ms; Redis grew by ${Math.round(grown / 1024)} KB; ` +
        `${calls} calls to CIS2 for strangers`,
    )
    expect(honest.refused).toEqual([])
    expect(honest.succeeded).toBeGreaterThan(SECONDS / 10)
    expect(Object.keys(meanwhile.statuses)).toEqual(['200'])
    expect(grown).toBeLessThan(MOST_IN_REDIS)
    expect(calls / SECONDS).toBeLessThan(MOST_CALLS)
    expect(pace).toBeGreaterThan(0.5)
    expect(await app.auth.health()).toMatchObject({ status: 'ok' })
  }

  it.each(['login', 'callbacks', 'guarded pages'])('FIELD-8 withstands a flood of %s', async (kind) => {
    await withstands({ kind })
  })

  it('FIELD-8 withstands a flood of sign-ins with sixty invented cookies each', async () => {
    await withstands({ kind: 'login with invented cookies', cookie: `${user.name}-sign-in` })
  })

  it('FIELD-8 withstands a flood of forged session cookies', async () => {
    await withstands({ kind: 'forged session cookies', cookie: user.cookie })
  })

  it('FIELD-8 withstands a flood of forged logout tokens', async () => {
    const genuine = await Promise.all(Array.from({ length: 50 }, (_, at) => provider.logoutToken({ sid: `sid-${at}` })))
    const forged = genuine.map(
      (token) => `${token.slice(0, token.lastIndexOf('.') + 1)}${(genuine[0] ?? '').split('.')[2] ?? ''}`,
    )
    await withstands({ kind: 'logout tokens', tokens: forged.slice(1) })
  })

  it('FIELD-8 withstands a flood of valid logout tokens, each carried out once', async () => {
    const tokens = await Promise.all(Array.from({ length: 500 }, (_, at) => provider.logoutToken({ sid: `sid-${at}` })))
    await withstands({ kind: 'logout tokens', tokens })
  })
})
