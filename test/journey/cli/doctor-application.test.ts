import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import onHeaders from 'on-headers'

import { bareFetch } from '../../../src/cli/doctor/bare-fetch.js'
import { checkApplication } from '../../../src/cli/doctor/check-application.js'
import type { Finding } from '../../../src/cli/doctor/findings.js'
import { cis2Auth, type Cis2Auth, type Cis2Options } from '../../../src/index.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { type Simulator, startSimulator } from '../../../src/simulator/index.js'
import { SESSION_SECRET } from '../../support/commands/doctor-case.js'

const CLIENT_ID = 'doctor.apps.test'
const PUBLIC = 'https://clinic.example.nhs.uk'
const [ourKey, otherKey] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }))

describe('checkApplication', () => {
  let simulator: Simulator
  const opened: { server: Server; auth: Cis2Auth }[] = []

  beforeAll(async () => {
    simulator = await startSimulator()
  })
  afterEach(async () => {
    for (const { server, auth } of opened.splice(0)) {
      server.closeAllConnections()
      server.close()
      await auth.close()
    }
  })
  afterAll(() => simulator.stop())

  function optionsWith(changes: Partial<Cis2Options> = {}): Cis2Options {
    return {
      issuer: simulator.issuer,
      clientId: CLIENT_ID,
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: ourKey?.privateKey }] },
      baseUrl: PUBLIC,
      session: { secret: SESSION_SECRET, redis: process.env.REDIS_URL },
      ...changes,
    }
  }

  /** Deploys the application behind something, and returns a `fetch` that reaches it by its public address. */
  async function deploy({ options = {}, inFront, behind }: Deployment = {}): Promise<typeof fetch> {
    const app = express()
    app.set('trust proxy', true)
    if (inFront !== undefined) app.use(inFront)
    const auth = cis2Auth(optionsWith(options))
    app.use(auth)
    if (behind !== undefined) app.use(behind)
    const server = createServer(app).listen(0, '127.0.0.1')
    opened.push({ server, auth })
    await once(server, 'listening')
    await auth.ready().catch(() => {})
    const { port } = server.address() as AddressInfo
    return (address, init) => {
      const headers = new Headers(init?.headers)
      headers.set('x-forwarded-proto', 'https')
      const { pathname, search } = new URL(address instanceof Request ? address.url : address)
      return fetch(`http://127.0.0.1:${String(port)}${pathname}${search}`, { ...init, headers })
    }
  }

  /** What is wrong with a deployment. */
  async function faults(deployment: Deployment, examined: Partial<Cis2Options> = {}): Promise<Finding[]> {
    const findings = await checkApplication(parseOptions(optionsWith(examined)), await deploy(deployment))
    return findings.filter(({ outcome }) => outcome !== 'ok')
  }

  it('finds nothing wrong with an application that is deployed as configured', async () => {
    const findings = await checkApplication(parseOptions(optionsWith()), await deploy())
    expect(findings.map(({ check, outcome }) => `${check}: ${outcome}`)).toEqual([
      'published-keys: ok',
      'sign-in: ok',
      'cookie: ok',
      'caching: ok',
      'callback-route: ok',
      'back-channel-logout-route: ok',
    ])
    expect(findings[1]?.message).toContain(`to register: ${PUBLIC}/callback`)
  })

  it('says once that nothing answers at baseUrl, and why', async () => {
    const config = parseOptions(optionsWith({ baseUrl: await closedAddress() }))
    expect(await checkApplication(config, fetch)).toEqual([
      expect.objectContaining({
        check: 'application',
        outcome: 'problem',
        message: expect.stringContaining('ECONNREFUSED') as string,
        cure: expect.stringContaining('--no-app') as string,
      }),
    ])
  })

  it('waits no longer than timeoutSeconds', async () => {
    const config = parseOptions(optionsWith({ timeoutSeconds: 1 }))
    const [finding] = await checkApplication(config, (_address, init) => aborted(init?.signal))
    expect(finding).toMatchObject({ check: 'application', outcome: 'problem' })
  })

  it('does not hide a fault of its own', async () => {
    const config = parseOptions(optionsWith())
    const broken = { ...config, session: undefined } as unknown as typeof config
    await expect(checkApplication(broken, await deploy())).rejects.toThrow(TypeError)
  })

  it.each([
    { what: 'is not published', kid: 'new', message: 'new is not published at' },
    { what: 'is published under the kid of another', kid: 'old', message: 'another key is published as old at' },
  ])('reports a signing key that $what', async ({ kid, message }) => {
    const keysOf = (pair: typeof ourKey, name: string): Partial<Cis2Options> => ({
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: pair?.privateKey, kid: name }] },
    })
    const found = await faults({ options: keysOf(otherKey, 'old') }, keysOf(ourKey, kid))
    expect(found).toMatchObject([{ check: 'published-keys', outcome: 'problem' }])
    expect(found[0]?.message).toContain(message)
    expect(found[0]?.cure).toContain('notBefore')
  })

  it('does not take a key for encryption for one that signs', async () => {
    const [key] = await publishedKeys()
    const found = await faults({
      inFront: answering('/.well-known/jwks.json', 200, { keys: [{ ...key, use: 'enc' }, 7] }),
    })
    expect(found).toMatchObject([{ check: 'published-keys', outcome: 'problem' }])
  })

  it('takes a key without a use for one that signs', async () => {
    const [key] = await publishedKeys()
    const inFront = answering('/.well-known/jwks.json', 200, { keys: [{ ...key, use: undefined }] })
    expect(await faults({ inFront })).toEqual([])
  })

  it('warns that keys published elsewhere cannot be compared', async () => {
    expect(await faults({}, { routes: { jwks: false } })).toMatchObject([
      { check: 'published-keys', outcome: 'warning' },
    ])
  })

  it('asks for no keys when a client secret is used, and for no route that is off', async () => {
    const clientAuthentication = { method: 'client_secret_post', clientSecret: 'the-simulator-does-not-mind' } as const
    const routes = { login: false, callback: false, changeRole: false, backChannelLogout: false } as const
    const config = parseOptions(optionsWith({ clientAuthentication, routes }))
    expect(await checkApplication(config, await deploy())).toEqual([])
  })

  it.each([
    { path: '/.well-known/jwks.json', check: 'published-keys', status: 401, body: {} },
    { path: '/.well-known/jwks.json', check: 'published-keys', status: 200, body: { keys: 'none' } },
    { path: '/login', check: 'sign-in', status: 403, body: { code: 'WAF_SAYS_NO' } },
    { path: '/login', check: 'sign-in', status: 302, body: {} },
    { path: '/callback', check: 'callback-route', status: 404, body: {} },
    { path: '/callback', check: 'callback-route', status: 200, body: {} },
    { path: '/backchannel-logout', check: 'back-channel-logout-route', status: 404, body: {} },
    { path: '/backchannel-logout', check: 'back-channel-logout-route', status: 400, body: { error: 'no' } },
  ])('reports something that answers $status in place of the application at $path', async (answer) => {
    const found = await faults({ inFront: answering(answer.path, answer.status, answer.body) })
    expect(found).toMatchObject([{ check: answer.check, outcome: 'problem' }])
    expect(found[0]?.message).toContain(`answers ${String(answer.status)}`)
    expect(found[0]?.cure).toContain('proxy')
  })

  it.each([
    {
      what: 'a firewall that answers 403',
      answer: blocking(403),
      says: /answers 403 with a page titled "Web Page Blocked"/,
    },
    { what: 'a page of its own', answer: blocking(200), says: /answers 200 with a page titled "Web Page Blocked"/ },
  ])('says that $what eats the callback for its issuer', async ({ answer, says }) => {
    const inFront: RequestHandler = (req, res, next) => {
      if (req.path === '/callback' && /[?&]iss=https%3A/.test(req.url)) answer(req, res, next)
      else next()
    }
    const found = await faults({ inFront }, { issuer: 'https://cis2.example:443' })
    expect(found).toMatchObject([{ check: 'callback-route', outcome: 'problem' }])
    expect(found[0]?.message).toMatch(says)
    expect(found[0]?.cause).toMatch(/^A firewall takes the address in "iss" for remote file inclusion [^;]*$/)
    expect(found[0]?.cure).toContain('"iss" from')
  })

  it.each([
    { parts: ['--'], names: /^Exempt "code" from/ },
    { parts: ['--', 'https'], names: /^Exempt "iss" and "code" from/ },
    { parts: ['--.*https'], names: /^Exempt "iss" and "code" from/ },
  ])('says which parameters a firewall takes for an attack that blocks $parts', async ({ parts, names }) => {
    const inFront: RequestHandler = (req, res, next) => {
      if (req.path === '/callback' && parts.some((part) => new RegExp(part).test(req.url)))
        blocking(403)(req, res, next)
      else next()
    }
    const found = await faults({ inFront }, { issuer: 'https://cis2.example:443' })
    expect(found).toMatchObject([{ check: 'callback-route', cure: expect.stringMatching(names) as string }])
    expect(found[0]?.cause).toMatch(/for SQL/)
  })

  it.each(['/callback', '/.well-known/jwks.json', '/backchannel-logout'])(
    'says first that a proxy asks for a password at %s',
    async (path) => {
      const inFront: RequestHandler = (req, res, next) => {
        if (req.path === path) res.set('WWW-Authenticate', 'Basic realm="staff"').sendStatus(401)
        else next()
      }
      const [found, ...others] = await faults({ inFront })
      expect(others).toEqual([])
      expect(found?.message).toContain('answers 401 and asks for a login (Basic)')
      expect(found?.cause).toMatch(/basic authentication/)
      expect(found?.cure).toMatch(/Exempt the path/)
    },
  )

  it.each([
    { status: 403, cause: /firewall, or a list of allowed addresses/ },
    { status: 200, cause: /a page of its own/ },
    { status: 404, cause: /not passed on/ },
    { status: 502, cause: /does not reach it/ },
  ])('says what a page with status $status before every route means', async ({ status, cause }) => {
    const found = await faults({ inFront: blocking(status) })
    expect(found.map(({ check }) => check)).toEqual([
      'published-keys',
      'sign-in',
      'callback-route',
      'back-channel-logout-route',
    ])
    for (const finding of found) expect(finding.cause).toMatch(cause)
  })

  it('says where a redirect before every route leads, and keeps what was sent to itself', async () => {
    const inFront: RequestHandler = (req, res) => {
      res.redirect(`https://login.example.nhs.uk/sso?back=${encodeURIComponent(req.url)}`)
    }
    const found = (await faults({ inFront })).find(({ check }) => check === 'callback-route')
    expect(found?.message).toContain('a redirect to https://login.example.nhs.uk/sso, which is not')
    expect(found?.cause).toMatch(/sends the request elsewhere/)
  })

  it('asks as CIS2 does: without any header that only browsers send', async () => {
    const seen = new Map<string, string[]>()
    const inFront: RequestHandler = (req, _res, next) => {
      seen.set(req.path, Object.keys(req.headers))
      next()
    }
    const server = createServer(express().use(inFront)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await checkApplication(parseOptions(optionsWith({ baseUrl: `http://127.0.0.1:${String(port)}` })), bareFetch)
    server.close()
    for (const path of ['/.well-known/jwks.json', '/backchannel-logout']) {
      expect(seen.get(path)?.filter((name) => /^sec-|user-agent|accept|cookie|origin|referer/.test(name))).toEqual([])
    }
  })

  it('takes the word of an application that answers errors itself', async () => {
    const own: ErrorRequestHandler = (_error, _req, res, _next) => {
      res.status(400).send('<h1>Sorry</h1>')
    }
    const found = await faults({ options: { errors: 'next' }, behind: own }, { errors: 'next' })
    expect(found.filter(({ check }) => check === 'callback-route')).toEqual([])
  })

  it('reports a proxy that says http', async () => {
    const inFront: RequestHandler = (req, _res, next) => {
      req.headers['x-forwarded-proto'] = 'http'
      next()
    }
    expect(await faults({ inFront })).toMatchObject([
      { check: 'sign-in', cure: expect.stringContaining('X-Forwarded-Proto: https') as string },
    ])
  })

  it('reports an application that does not reach CIS2', async () => {
    const found = await faults({ options: { issuer: 'http://127.0.0.1:1' } })
    expect(found).toMatchObject([
      { check: 'sign-in', message: expect.stringContaining('503 (CIS2_PROVIDER_UNAVAILABLE)') as string },
    ])
  })

  it.each([
    { what: 'redirect address', options: { baseUrl: 'https://other.example.nhs.uk' }, says: 'other.example.nhs.uk' },
    { what: 'client', options: { clientId: 'another.apps.test' }, says: 'client_id' },
  ])('reports an application that sends another $what', async ({ options, says }) => {
    const found = (await faults({ options })).find(({ check }) => check === 'sign-in')
    expect(found).toMatchObject({ outcome: 'problem', message: expect.stringContaining(says) as string })
  })

  it('reports a proxy that takes the cookie away', async () => {
    const found = await faults({ inFront: rewriting('set-cookie', () => undefined) })
    expect(found).toMatchObject([{ check: 'cookie', message: 'the sign-in cookie does not arrive' }])
  })

  it.each(['HttpOnly', 'SameSite=Lax', 'Path=/', 'Secure'])(
    'reports a proxy that takes %s from the cookie',
    async (name) => {
      const without = (cookie: string) => cookie.replace(new RegExp(`; ?${name}(?=;|$)`, 'i'), '')
      const found = await faults({ inFront: rewriting('set-cookie', without) })
      expect(found).toMatchObject([
        { check: 'cookie', outcome: 'problem', message: expect.stringContaining(name.toLowerCase()) as string },
      ])
    },
  )

  it.each(['public, max-age=600', undefined])('reports a cache that makes of no-store: %s', async (value) => {
    const found = await faults({ inFront: rewriting('cache-control', () => value) })
    expect(found).toMatchObject([{ check: 'caching', outcome: 'problem' }])
  })

  async function publishedKeys(): Promise<Record<string, unknown>[]> {
    const reach = await deploy()
    const { keys } = (await (await reach(`${PUBLIC}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, unknown>[]
    }
    return keys
  }
})

/** Where something listened until now. */
async function closedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${String(port)}`
}

interface Deployment {
  readonly options?: Partial<Cis2Options>
  /** What stands before the application. */
  readonly inFront?: RequestHandler
  readonly behind?: ErrorRequestHandler
}

/** A firewall's page before everything. */
function blocking(status: number): RequestHandler {
  return (_req, res) => {
    res.status(status).type('html').send('<html><title>Web Page Blocked</title></html>')
  }
}

function answering(path: string, status: number, body: unknown): RequestHandler {
  return (req, res, next) => {
    if (req.path === path) res.status(status).json(body)
    else next()
  }
}

/** Changes a header on its way out; undefined takes it away. */
function rewriting(name: string, change: (value: string) => string | undefined): RequestHandler {
  return (req, res, next) => {
    if (req.path === '/login') {
      onHeaders(res, () => {
        const values = [res.getHeader(name)].flat().map(String).map(change)
        const kept = values.filter((value) => value !== undefined)
        if (kept.length === 0) res.removeHeader(name)
        else res.setHeader(name, kept)
      })
    }
    next()
  }
}

function aborted(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}
