/** Each guide, done as its reader does it: files saved as printed, programs run, somebody signs in. */
import { once } from 'node:events'
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { load } from 'js-yaml'
import ts from 'typescript'
import { WebSocket } from 'ws'

import { Browser } from '../support/app/browser.js'
import { runNode } from '../package/support/run.js'
import { build, filesOf, freePorts, type Guide, openGuide } from './support/guide.js'

const COMMON = 'docs/guides/README.md'
const NURSE = 'Ngozi Okafor'
const NURSE_AT_CIS2 = 'Okafor Ngozi Ms'
const CHANGE = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' } as const

let built: string
let guide: Guide | undefined

beforeAll(async () => {
  built = await build()
}, 240_000)

afterEach(async () => {
  await guide?.stop()
  guide = undefined
})

afterAll(() => {
  rmSync(built, { recursive: true, force: true })
})

async function open(page: string, ...baseUrls: string[]): Promise<Guide> {
  guide = await openGuide(built, [COMMON, page], baseUrls)
  return guide
}

describe('a single-page application', () => {
  it('has its page and its API on one origin', async () => {
    const { app } = await freePorts('app')
    const url = `http://localhost:${String(app)}`
    const spa = await open('docs/guides/spa-and-api.md', url)
    await spa.start('server.mjs', url)

    expect((await new Browser().follow(`${url}/`)).body).toContain('api.js')
    const refused = await new Browser().request(`${url}/api/me`, { headers: { 'sec-fetch-mode': 'cors' } })
    expect(refused.json()).toMatchObject({ code: 'CIS2_NOT_SIGNED_IN', login: `${url}/login` })

    const { browser, page } = await spa.signIn(NURSE, `${url}/login?returnTo=/app/`)
    expect(page.address).toBe(`${url}/app/`)
    const me = await browser.request(`${url}/api/me`)
    expect(me.json()).toMatchObject({ name: expect.stringContaining('Okafor') })
    expect((await browser.request(`${url}/api/prescriptions`, CHANGE)).status).toBe(403)
  })

  it('has them on two origins of one site', async () => {
    const ports = await freePorts('api', 'page')
    const [url, page] = [`http://localhost:${String(ports.api)}`, `http://localhost:${String(ports.page)}`]
    const spa = await open('docs/guides/spa-and-api.md', url)
    await spa.start('api.mjs', url, { PAGE_ORIGIN: page })
    const { browser } = await spa.signIn(NURSE, `${url}/login?returnTo=/api/me`)
    const from = (origin: string) => ({ origin, 'sec-fetch-site': 'same-site', 'content-type': 'application/json' })

    expect((await browser.request(`${url}/signed-in`)).location).toBe(`${page}/`)
    expect((await browser.request(`${url}/api/notes`, { ...CHANGE, headers: from(page) })).status).toBe(201)
    expect((await browser.request(`${url}/api/notes`, { ...CHANGE, headers: from('http://localhost:1') })).status).toBe(
      403,
    )
    const asked = await browser.request(`${url}/api/notes`, { method: 'OPTIONS', headers: from(page) })
    expect(asked.headers.get('access-control-allow-origin')).toBe(page)
    const form = new URLSearchParams({ note: 'x' })
    expect(
      (await browser.request(`${url}/api/notes`, { method: 'POST', headers: { origin: page }, body: form })).status,
    ).toBe(415)
  })

  it('is served by Vite, which forwards the rest', async () => {
    const ports = await freePorts('vite', 'api')
    const url = `http://localhost:${String(ports.vite)}`
    const spa = await open('docs/guides/vite.md', url)
    await spa.start('api.mjs', `http://127.0.0.1:${String(ports.api)}`, { BASE_URL: url, PORT: String(ports.api) })
    await spa.start(join(process.cwd(), 'node_modules/vite/bin/vite.js'), url, { PORT: String(ports.api) })

    expect((await new Browser().follow(`${url}/`)).body).toContain('/login?returnTo=/')
    const { browser } = await spa.signIn(NURSE, `${url}/login?returnTo=/`)
    expect((await browser.request(`${url}/api/me`)).json()).toHaveProperty('name')
  })
})

describe('several applications', () => {
  it('below paths of one host do not know each other’s users', async () => {
    // As behind a proxy, but for the port; cookies know no ports.
    const ports = await freePorts('clinic', 'pharmacy')
    const [clinic, pharmacy] = [ports.clinic, ports.pharmacy].map((port) => `http://localhost:${String(port)}`)
    const [one, other] = [`${clinic ?? ''}/clinic`, `${pharmacy ?? ''}/pharmacy`]
    const hospital = await open('docs/guides/several-applications.md', one, other)
    await hospital.start('server.mjs', one)
    await hospital.start('server.mjs', other, { CIS2_CLIENT_ID: 'clinic-2' })
    const { browser, page } = await hospital.signIn(NURSE, `${one}/me`)
    expect(JSON.parse(page.body)).toMatchObject({ at: '/clinic' })
    expect((await browser.request(`${one}/me`)).status).toBe(200)
    expect((await browser.request(`${other}/me`)).status).toBe(401)
  })

  it('in one process judge by their own guards', async () => {
    const { app } = await freePorts('app')
    const url = `http://localhost:${String(app)}`
    const hospital = await open('docs/guides/several-applications.md', url, `${url}/pilot`)
    await hospital.start('two.mjs', url, { CIS2_PILOT_CLIENT_ID: 'clinic-2' })
    const { browser, page } = await hospital.signIn(NURSE, `${url}/pilot/ward`)
    expect(JSON.parse(page.body)).toMatchObject({ by: 'pilot' })
    expect((await browser.request(`${url}/patients`)).status).toBe(401)
  })
})

it('NestJS is guarded by a decorator', async () => {
  const { app } = await freePorts('app')
  const url = `http://localhost:${String(app)}`
  const nest = await open('docs/guides/nestjs.md', url)
  nest.compile('main.ts', 'cis2.guard.ts', 'app.module.ts')
  await nest.start('main.js', url)
  expect((await new Browser().request(`${url}/patients`)).status).toBe(401)
  const { browser, page } = await nest.signIn(NURSE, `${url}/patients`)
  expect(JSON.parse(page.body)).toMatchObject({ name: expect.stringContaining('Okafor') })
  expect((await browser.request(`${url}/audit`)).json()).toMatchObject({ code: 'CIS2_FORBIDDEN' })
}, 60_000)

it('a second way to sign in keeps the two identities apart', async () => {
  const { app } = await freePorts('app')
  const url = `http://localhost:${String(app)}`
  const hospice = await open('docs/guides/second-sign-in.md', url)
  await hospice.start('server.mjs', url)
  const browser = new Browser()
  const login = (password: string) =>
    browser.request(`${url}/volunteers/login`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'Vera', password }),
    })

  expect((await login('wrong')).status).toBe(401)
  expect((await login('correct horse battery staple')).location).toBe(`${url}/rota`)
  expect((await browser.request(`${url}/rota`)).json()).toEqual({ volunteer: 'Vera' })
  expect((await browser.request(`${url}/patients`)).status).toBe(401)

  hospice.simulator.nextSignIn({ user: NURSE })
  await browser.follow(`${url}/login`)
  expect((await browser.request(`${url}/rota`)).status).toBe(401)
  expect((await browser.request(`${url}/patients`)).json()).toHaveProperty('staff')
})

it('https on loopback signs in with a `__Host-` cookie', async () => {
  const { app } = await freePorts('app')
  const url = `https://localhost:${String(app)}`
  const local = await open('docs/guides/local-https.md', url)
  const signIn = filesOf('docs/guides/local-https.md').get('server.mjs')
  expect(signIn).toContain('createServer')
  await local.shell('docs/guides/local-https.md', 'openssl req')
  await local.start('server.mjs', url)
  const { browser, page } = await local.signIn(NURSE, `${url}/`)
  expect(JSON.parse(page.body)).toHaveProperty('name')
  expect(browser.cookieNames('localhost').some((name) => name.startsWith('__Host-'))).toBe(true)
})

describe.each(['./pino.mjs', './winston.mjs'])('with %s', (LOGGER) => {
  it('the audit stream names the user, other lines do not, and nothing secret is written', async () => {
    const { app } = await freePorts('app')
    const url = `http://localhost:${String(app)}`
    const clinic = await open('docs/guides/logging.md', url)
    await clinic.start('server.mjs', url, { LOGGER })
    const { browser, page } = await clinic.signIn(NURSE, `${url}/audit`)
    expect(page.status).toBe(403)

    await clinic.untilPrinted('access.refused')
    const lines = clinic.printed().trim().split('\n')
    const events = lines.filter((line) => line.includes('"audit"')).map((line) => JSON.parse(line) as { type: string })
    expect(events.map(({ type }) => type)).toEqual(['sign-in.started', 'sign-in.succeeded', 'access.refused'])
    expect(lines.filter((line) => !line.includes('"audit"')).join()).not.toContain('5550000')
    for (const name of browser.cookieNames('localhost')) {
      expect(clinic.printed()).not.toContain(browser.cookieValue('localhost', name))
    }
  })
})

it('a pod is ready once CIS2 is known, and ends by itself on SIGTERM', async () => {
  const { app } = await freePorts('app')
  const url = `http://localhost:${String(app)}`
  const pod = await open('docs/guides/kubernetes.md', url)
  await pod.start('server.mjs', url)
  expect((await new Browser().request(`${url}/health/live`)).status).toBe(200)
  expect(JSON.parse((await pod.signIn(NURSE, `${url}/`)).page.body)).toHaveProperty('name')
  expect((await new Browser().request(`${url}/health/ready`)).status).toBe(200)
  expect(await pod.end('server.mjs')).toBe(0)
})

it('a pipeline runs the test that is printed, and its files are YAML', async () => {
  const pipeline = await open('docs/guides/pipelines.md')
  const ran = await runNode(['--test', join(pipeline.folder, 'test/sign-in.test.mjs')], { cwd: pipeline.folder })
  expect(ran).toMatchObject({ code: 0, output: expect.stringContaining('pass 1') })
  for (const name of ['.github/workflows/test.yml', '.gitlab-ci.yml', 'azure-pipelines.yml']) {
    expect(JSON.stringify(load(filesOf('docs/guides/pipelines.md').get(name) ?? ''))).toContain('node --test')
  }
})

it('a file of settings works in every shell', async () => {
  const { app } = await freePorts('app')
  const url = `http://localhost:${String(app)}`
  const windows = await open('docs/guides/windows.md', url)
  // What is in the environment already goes before the file.
  await windows.start('--env-file=.env', url, {}, 'server.mjs')
  const words = ['--env-file=.env', 'next-sign-in.mjs', NURSE]
  const env = { CIS2_ISSUER: windows.simulator.issuer }
  expect(await runNode(words, { cwd: windows.folder, env })).toEqual({ code: 0, output: '' })
  expect(JSON.parse((await new Browser().follow(`${url}/`)).body)).toMatchObject({ name: NURSE_AT_CIS2 })
})

it('a WebSocket and a stream close when their user signs out', async () => {
  const { app } = await freePorts('app')
  const url = `http://localhost:${String(app)}`
  const ward = await open('docs/live-connections.md', url)
  const [application = '', beginning = ''] =
    /^```ts\n([\s\S]*?)^(app\.listen)/m.exec(readFileSync('README.md', 'utf8'))?.slice(1) ?? []
  expect(beginning).toBe('app.listen')
  ward.write('app.js', application)
  const [sockets = '', , stream = ''] = [
    ...readFileSync('docs/live-connections.md', 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm),
  ].map(([, code = '']) => ts.transpile(code, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }))
  ward.write('stream.js', stream)
  // As the page says, in place of app.listen.
  ward.write('sockets.js', `import './stream.js'\n${sockets}\nserver.listen(process.env.PORT)\n`)
  await ward.start('sockets.js', url, { CIS2_BASE_URL: url })

  const { browser } = await ward.signIn(NURSE, `${url}/me`)
  const headers = { cookie: browser.cookieHeader(new URL(url)), origin: url }
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  const [[greeting], [events]] = (await Promise.all([
    once(socket, 'message'),
    once(get(`${url}/ward/events`, { headers }), 'response'),
  ])) as [[Buffer], [IncomingMessage]]
  expect(greeting.toString()).toContain('Hello Okafor')
  expect(events.headers['content-type']).toBe('text/event-stream')

  const closed = Promise.all([once(socket, 'close'), once(events.resume(), 'end')])
  expect((await browser.request(`${url}/logout`, { method: 'POST', headers: { origin: url } })).status).toBe(303)
  const [[code]] = (await closed) as [[number], unknown]
  expect(code).toBe(4001)
  const refused = new WebSocket(url.replace('http', 'ws'), { headers })
  const [{ message }] = (await once(refused, 'error').catch((error: unknown) => [error])) as [Error]
  expect(message).toContain('401')
})

describe.each([
  ['openid-client', '/', '/callback'],
  ['passport', '/', '/sign-in/callback'],
  ['express-openid-connect', '/patients', '/callback'],
  ['auth-js', '/patients', '/auth/callback/cis2'],
])('%s', (library, path, callback) => {
  async function start(file: string): Promise<{ guide: Guide; url: string }> {
    const { app } = await freePorts('app')
    const url = `http://localhost:${String(app)}`
    // The other libraries refuse an issuer without TLS.
    guide = await openGuide(built, [`docs/porting/${library}.md`], [], { https: true })
    guide.register(url, callback)
    await guide.start(file, url, { REDIS_URL: process.env.REDIS_URL ?? '' })
    return { guide, url }
  }

  it('signed in before', async () => {
    const { guide, url } = await start('before.mjs')
    guide.simulator.nextSignIn({ user: NURSE })
    const browser = new Browser()
    if (library === 'auth-js') {
      expect((await browser.follow(`${url}${path}`)).body).toContain('action="' + `${url}/auth/signin/cis2`)
      const { csrfToken = '' } = (await browser.request(`${url}/auth/csrf`)).json() as { csrfToken?: string }
      const body = new URLSearchParams({ csrfToken })
      const { location = '' } = await browser.request(`${url}/auth/signin/cis2`, { method: 'POST', body })
      await browser.follow(location)
    }
    expect(JSON.parse((await browser.follow(`${url}${path}`)).body)).toMatchObject({ name: NURSE_AT_CIS2 })
  })

  it('signs in when it is ported', async () => {
    const { guide, url } = await start('after.mjs')
    const { page } = await guide.signIn(NURSE, `${url}${path}`)
    expect(JSON.parse(page.body)).toMatchObject({ name: NURSE_AT_CIS2 })
  })
})

it.each(['guides', 'porting'])('every page of docs/%s is in its index', (folder) => {
  const index = readFileSync(`docs/${folder}/README.md`, 'utf8')
  const pages = readdirSync(`docs/${folder}`).filter((name) => name !== 'README.md')
  expect(pages.filter((page) => !index.includes(`(${page})`))).toEqual([])
})
