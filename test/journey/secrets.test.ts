/**
 * LOGG-1: with every debug line on and every event kept, nothing secret is written anywhere.
 *
 * Express prints the address of each request it dispatches, the callback's with its one-time code, before any
 * middleware sees it: those two namespaces are Express's own and stay out (see docs/deployment.md).
 */
import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'

import { jest } from '@jest/globals'
import type { ErrorRequestHandler } from 'express'

import type { Browser } from '../support/app/browser.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import type { TestApp } from '../support/app/start-app.js'

const SESSION_SECRET = 'c4nary-session-secret-Vn3k8sPq2Lr7wXy5'
const RETURN_TO = '/me?c4nary-query=1'

describe('LOGG-1 a run of every flow with DEBUG=*', () => {
  const written: string[] = []
  const errors: unknown[] = []
  const bodies: string[] = []
  const secrets = new Map<string, string>()
  let provider: ScriptedProvider
  let app: TestApp
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  beforeAll(async () => {
    process.env.DEBUG = '*,-router*,-express:*'
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        written.push(String(text))
        return true
      })
    }
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      jest.spyOn(console, method).mockImplementation((...values) => {
        written.push(inspect(values, { depth: 9 }))
      })
    }
    // `debug` reads its setting when it is loaded.
    const { ScriptedProvider: Provider } = await import('../support/app/scripted-provider.js')
    const { startApp, TestClock } = await import('../support/app/start-app.js')
    provider = await Provider.start(new TestClock())
    provider.person = {
      ...provider.person,
      sub: '555777000111',
      userInfo: { ...provider.person.userInfo, email: 'c4nary@example.nhs.net', name: 'C4nary Person' },
    }
    const keep: ErrorRequestHandler = (error: { status?: number }, _req, res, _next) => {
      errors.push(error)
      res.status(error.status ?? 500).json({})
    }
    app = await startApp({
      provider,
      options: {
        errors: 'next',
        clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey }] },
        session: { secret: SESSION_SECRET, redis: process.env.REDIS_URL, keyPrefix: 'canary:' },
      },
      after(outer) {
        outer.get('/note', (req, res) => {
          Object.assign((req as unknown as { session: object }).session, { note: 'c4nary-app-data' })
          res.end()
        })
        outer.use(keep)
      },
    })
    await runEverything()
  })

  afterAll(async () => {
    await app.stop()
    await provider.stop()
    // Redis clients write debug lines until their connections have ended.
    const { until } = await import('../support/redis/redis-server.js')
    const reached = (status: string) => written.filter((text) => text.includes(`-> ${status}`)).length
    await until(() => reached('end') === reached('connecting'), 'every connection has ended')
    jest.restoreAllMocks()
    delete process.env.DEBUG
  })

  function collect(browser: Browser): void {
    for (const name of browser.cookieNames('127.0.0.1')) {
      const value = browser.cookieValue('127.0.0.1', name) ?? ''
      secrets.set(value, `cookie ${name}`)
      // express-session: `s:<id>.<signature>`.
      secrets.set(decodeURIComponent(value).replace(/^s:/, '').split('.')[0] ?? '', `id in cookie ${name}`)
    }
  }

  async function runEverything(): Promise<void> {
    const browser = app.browser()
    const address = await app.callbackAddress(browser, `/login?returnTo=${encodeURIComponent(RETURN_TO)}`)
    collect(browser)
    await browser.navigate(address)
    collect(browser)
    await browser.request(`${app.baseUrl}/me`)
    await browser.request(`${app.baseUrl}/note`)
    await app.signIn(browser, '/change-role')
    collect(browser)
    await app.signIn(browser, '/login?maxAge=60')
    collect(browser)
    // Refusals of every room: state, token endpoint, ID token, UserInfo, guard, logout token.
    bodies.push((await browser.request(`${app.baseUrl}/callback?code=c4nary-code&state=c4nary-state`)).body)
    for (const spoil of [
      () => (provider.script.idTokenClaims = (claims) => ({ ...claims, nonce: 'c4nary-nonce' })),
      () => (provider.script.userInfoClaims = (claims) => ({ ...claims, sub: 'c4nary-sub' })),
      () => (provider.script.tokenResponse = (answer) => ({ ...answer, token_type: 'c4nary-type' })),
      () => (provider.script.tokenResponse = () => ({ error: 'invalid_client', error_description: 'c4nary-words' })),
    ]) {
      const { script } = provider
      provider.script = { ...script }
      spoil()
      bodies.push((await app.signIn(app.browser())).body)
      provider.script = script
    }
    bodies.push((await browser.request(`${app.baseUrl}/doctors`)).body)
    const token = await provider.logoutToken({ sid: 'c4nary-sid' }, (claims) => ({ ...claims, aud: 'c4nary-audience' }))
    secrets.set(token, 'logout token')
    await browser.request(`${app.baseUrl}/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    })
    await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })
    collectFromProvider()
  }

  function collectFromProvider(): void {
    for (const { path, form, query, headers } of provider.requests) {
      for (const name of ['code', 'client_assertion', 'code_verifier']) {
        const value = form.get(name)
        if (value !== null) secrets.set(value, `${name} at ${path}`)
      }
      for (const name of ['state', 'nonce', 'code_challenge']) {
        const value = query.get(name)
        if (value !== null) secrets.set(value, `${name} at ${path}`)
      }
      if (headers.authorization !== undefined) secrets.set(headers.authorization.replace('Bearer ', ''), 'access token')
    }
    secrets.set(SESSION_SECRET, 'session secret')
    const { d = '' } = privateKey.export({ format: 'jwk' })
    secrets.set(d, 'private key')
    secrets.set(
      privateKey.export({ format: 'pem', type: 'pkcs8' }).toString().split('\n')[3] ?? '',
      'private key (PEM)',
    )
    secrets.set('c4nary', 'something planted')
    secrets.delete('')
  }

  /** Which secrets a text holds, by name: the values themselves must not end up in the report either. */
  function found(text: string): string[] {
    return [...secrets].filter(([secret]) => text.includes(secret)).map(([, name]) => name)
  }

  it('plants and collects what there is to find, and has the debug lines on', () => {
    expect(secrets.size).toBeGreaterThan(40)
    expect(written.join('')).toMatch(/express-session/)
    expect(written.join('')).toMatch(/ioredis/)
    expect(errors.length).toBeGreaterThan(5)
  })

  it('writes none of it to the output', () => {
    const lines = written.join('').split('\n')
    expect(lines.flatMap((line) => found(line).map((name) => `${name}: ${line.trim().split(' ')[0] ?? ''}`))).toEqual(
      [],
    )
    expect(lines.filter((line) => line.includes('555777000111') || line.includes('C4nary Person'))).toEqual([])
  })

  it('has none of it in an error, however it is printed', () => {
    for (const error of errors) {
      const { message, stack = '' } = error as Error
      const printed = [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), message, stack].join('\n')
      expect(found(printed)).toEqual([])
      expect(printed).not.toContain('555777000111')
    }
  })

  it('has none of it in an answer to a refusal', () => {
    expect(bodies.flatMap(found)).toEqual([])
  })

  it('has none of it in an event, where the person is named by sub, role and organisation only', () => {
    expect(app.events.length).toBeGreaterThan(10)
    const printed = app.events.map((event) => JSON.stringify(event))
    expect(printed.flatMap(found)).toEqual([])
    expect(printed.some((event) => event.includes('555777000111'))).toBe(true)
  })

  it('has none of it in what the middleware shows of itself', async () => {
    const shown = inspect([app.auth, await app.auth.health()], { depth: 12, showHidden: true })
    expect(found(shown)).toEqual([])
  })
})
