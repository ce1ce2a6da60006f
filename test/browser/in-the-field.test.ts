/** Chromium as users have it: it looks ahead, has service workers, and shows refusals that somebody must get out of. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { requireCis2 } from 'express-cis2'
import type { Browser, Page } from 'playwright-core'

import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'
import { freePort } from '../support/free-port.js'
import { serveLive } from '../support/live/serve-live.js'
import { openBrowser, openVisitor, type Visitor } from './support/browser.js'

const HOME = `<!doctype html><html lang="en"><title>Home</title><main><h1>Home</h1>
<a href="/login?returnTo=/ward">Sign in</a> <a href="/ward">Ward</a> <a href="/who">Who</a>
<form method="post" action="/logout"><button>Sign out</button></form></main></html>`

/** Rebuilds each navigation, as workers that add a header or a cache do. */
const WORKER = `self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
self.addEventListener('fetch', (event) => {
  if (event.request.mode !== 'navigate') return
  const { url, headers } = event.request
  event.respondWith(fetch(new Request(url, { headers, credentials: 'include', redirect: 'manual' })))
})`

let browser: Browser
let provider: ScriptedProvider
let app: TestApp
let visitor: Visitor
const prefetched: string[] = []

beforeAll(async () => {
  browser = await openBrowser()
  const clock = new TestClock()
  provider = await ScriptedProvider.start(clock)
  app = await startApp({
    provider,
    clock,
    before(outer) {
      outer.use((req, _res, next) => {
        if (req.get('sec-purpose') !== undefined) prefetched.push(req.path)
        next()
      })
    },
    after(outer) {
      outer.get('/home', (req, res) => {
        const { ahead } = req.query
        const rules = typeof ahead !== 'string' ? '' : `<script type="speculationrules">${ahead}</script>`
        res.type('html').send(HOME + rules)
      })
      outer.get('/ward', requireCis2(), (req, res) => {
        res.type('html').send(`<h1>Ward of ${String(req.cis2User?.sub)}</h1>`)
      })
      outer.get('/who', (req, res) => {
        res.type('html').send(`<h1>${req.cis2User === undefined ? 'Nobody' : 'Somebody'}</h1>`)
      })
      outer.get('/worker.js', (_req, res) => {
        res.type('js').send(WORKER)
      })
    },
  })
})

beforeEach(async () => {
  visitor = await openVisitor(browser)
  prefetched.length = 0
})

afterEach(async () => {
  provider.reset()
  await visitor.close()
})

afterAll(async () => {
  await app.stop()
  await provider.stop()
  await browser.close()
})

/** A page that has Chromium look ahead, once it has done so. */
async function openAhead(rules: object, paths: readonly string[]): Promise<void> {
  await visitor.page.goto(`${app.baseUrl}/home?ahead=${encodeURIComponent(JSON.stringify(rules))}`)
  const deadline = Date.now() + 15_000
  while (!paths.every((path) => prefetched.includes(path)) && Date.now() < deadline) {
    await visitor.page.waitForTimeout(50)
  }
  expect(prefetched).toEqual(expect.arrayContaining([...paths]))
  // The answers, too, have to be there before anybody clicks.
  await visitor.page.waitForLoadState('networkidle')
}

const heading = () => visitor.page.getByRole('heading', { level: 1 })

describe('Chromium in the field', () => {
  it.each(['prefetch', 'prerender'])('FIELD-19 signs in by a click on a link that was taken ahead: %s', async (how) => {
    await openAhead({ [how]: [{ source: 'list', urls: ['/login?returnTo=/ward'], eagerness: 'immediate' }] }, [
      '/login',
    ])
    await visitor.page.getByRole('link', { name: 'Sign in' }).click()
    await heading().waitFor()
    expect(await heading().innerText()).toBe(`Ward of ${NURSE.sub}`)
  })

  it('FIELD-19 shows after the sign-out nothing that it fetched before', async () => {
    await visitor.page.goto(`${app.baseUrl}/login?returnTo=/ward`)
    await openAhead({ prefetch: [{ source: 'list', urls: ['/ward', '/who'], eagerness: 'immediate' }] }, [
      '/ward',
      '/who',
    ])
    await visitor.context.request.post(`${app.baseUrl}/logout`)
    await visitor.page.evaluate("fetch('/logout', { method: 'POST' })")
    await visitor.page.getByRole('link', { name: 'Who' }).click()
    expect(await heading().innerText()).toBe('Nobody')
  })

  it('FIELD-20 a service worker that rebuilds navigations shows a page, from which the sign-in begins', async () => {
    const { page } = visitor
    await page.goto(`${app.baseUrl}/home`)
    await page.evaluate("navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)")
    await page.goto(`${app.baseUrl}/ward`)
    expect(await heading().innerText()).toBe('You are not signed in')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL('**/ward')
    expect(await heading().innerText()).toBe(`Ward of ${NURSE.sub}`)
  })
})

describe('FIELD-23 the page of a refusal has a way out', () => {
  const ROLE = (NURSE.userInfo.nhsid_nrbac_roles as [object])[0]
  const OTHER = { ...ROLE, person_roleid: '555098765999', role_code: 'S8000:G8000:R8002' }

  it.each([
    ['several roles', [ROLE, OTHER], 'Change role', /change to that one/],
    ['one role', [ROLE], 'Go to the start page', /you have no other/],
    ['no role', [], 'Go to the start page', /has none for you/],
  ])('for who has %s', async (name, roles, link, words) => {
    provider.person = { ...NURSE, userInfo: { ...NURSE.userInfo, nhsid_nrbac_roles: roles } }
    const { page } = visitor
    await page.goto(`${app.baseUrl}/login?returnTo=/doctors`)
    expect(await heading().innerText()).toBe('You cannot use this page')
    expect(await page.locator('main').innerText()).toMatch(words)
    expect(await visitor.look(`refused-with-${name.replaceAll(' ', '-')}`)).toEqual([])
    expect(await page.getByRole('link', { name: link }).count()).toBe(1)
    if (link === 'Change role')
      expect(await page.getByRole('link').getAttribute('href')).toBe('/change-role?returnTo=%2Fdoctors')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${app.baseUrl}/`)
    expect(await page.locator('body').innerText()).toContain('"signedIn":false')
  })

  it('for an identity level that no authenticator can raise', async () => {
    provider.person = { ...NURSE, identityLevel: '2' }
    await visitor.page.goto(`${app.baseUrl}/login?returnTo=/ward`)
    expect(await heading().innerText()).toBe('Your identity was not checked to a high enough level')
    const text = await visitor.page.locator('main').innerText()
    expect(text).toContain('Registration Authority')
    expect(text).not.toMatch(/smartcard|security key/)
    expect(await visitor.look('refused-identity-level')).toEqual([])
    expect(await visitor.page.getByRole('link', { name: 'Go to the start page' }).count()).toBe(1)
  })
})

describe('what stays open', () => {
  /** What a page's own script gets to know of a WebSocket and of a stream of an application. */
  function openBoth(page: Page, application: string): Promise<{ socket: string[]; stream: string[] }> {
    return page.evaluate(`(async () => {
      const lasting = (open) => new Promise((done) => {
        const seen = []
        const connection = open()
        connection.onopen = () => seen.push('open')
        connection.onmessage = ({ data }) => { seen.push(data); connection.close(); done(seen) }
        connection.onerror = () => { connection.close(); done(seen) }
      })
      return {
        socket: await lasting(() => new WebSocket('${application.replace('http', 'ws')}/')),
        stream: await lasting(() => new EventSource('${application}/stream', { withCredentials: true })),
      }
    })()`)
  }

  const page: RequestListener = (_req, res) => {
    res.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Other</title>')
  }

  it('opens for a page of the application, and for no page of another origin or site', async () => {
    const baseUrl = `http://127.0.0.1:${String(await freePort())}`
    const application = await startApp({
      provider,
      clock: new TestClock(),
      baseUrl,
      options: { session: { redis: 'memory' } },
      after: (outer) => outer.get('/page', page),
    })
    const server = await listen(application.app, Number(new URL(baseUrl).port))
    const live = serveLive(application.app, server, () => application.auth)
    const cookies: boolean[] = []
    server.on('upgrade', ({ headers }) => cookies.push(headers.cookie !== undefined))
    const other = await listen(page)
    const { port } = other.address() as AddressInfo

    try {
      await visitor.page.goto(`${baseUrl}/login?returnTo=/page`)
      expect(await openBoth(visitor.page, baseUrl)).toEqual({ socket: ['open', NURSE.sub], stream: ['open', 'open'] })
      expect(application.eventsOf('access.refused')).toEqual([])
      // The browser sends the cookie from another port of the same host, which is another origin of the same site.
      for (const host of ['127.0.0.1', 'localhost']) {
        await visitor.page.goto(`http://${host}:${String(port)}/`)
        expect(await openBoth(visitor.page, baseUrl)).toEqual({ socket: [], stream: [] })
      }
      expect(cookies).toEqual([true, true, false])
      expect(application.eventsOf('access.refused').map(({ reason }) => reason)).toEqual([
        'CIS2_CROSS_ORIGIN',
        'CIS2_CROSS_ORIGIN',
        'CIS2_NOT_SIGNED_IN',
      ])
    } finally {
      live.close()
      for (const each of [server, other]) {
        each.closeAllConnections()
        each.close()
      }
      await application.stop()
    }
  })
})

async function listen(handler: RequestListener, port = 0): Promise<Server> {
  const server = createServer(handler)
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return server
}
