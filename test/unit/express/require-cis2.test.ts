/** The guard by itself: what it asks of the instance that serves a request, and what it hands on. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import express, { type Express, type Request, type Response } from 'express'

import type { AccessSubject } from '../../../src/cis2/access-subject.js'
import type { Requirement } from '../../../src/cis2/requirement.js'
import { isCis2Error } from '../../../src/errors.js'
import { setBystanders, setGuardContext, type GuardContext, type Instance } from '../../../src/express/guard-context.js'
import { createRequireCis2, requireCis2 } from '../../../src/express/require-cis2.js'
import { thrownBy } from '../../support/thrown-by.js'

const NOW = 1_790_000_000
const SUBJECT: AccessSubject = { sub: '555012345678', aal: 2, authenticatedAt: NOW - 100 }

/** What the guard did, in its order. */
let calls: string[] = []

interface Scene {
  /** `'none'`: no instance serves the request. */
  readonly context?: Partial<GuardContext> | 'none'
  readonly bystanders?: readonly Instance[]
}

function instanceWith(scopes: string | undefined, context?: Partial<GuardContext>): Instance {
  const instance: Instance = {
    paths: new Set(),
    cookieName: 'c',
    keyPrefix: 'k:',
    ...(scopes === undefined ? {} : { scopes }),
    meet() {},
    takeOver() {
      calls.push('takeOver')
      return Promise.resolve(contextWith({ instance, ...context }))
    },
  }
  return instance
}

const HERE = instanceWith('openid nationalrbacaccess selectedrole')

function contextWith(changes: Partial<GuardContext>): GuardContext {
  return {
    instance: HERE,
    store: 'ok',
    subject: SUBJECT,
    now: () => NOW,
    isSameOrigin: () => true,
    unslide() {
      calls.push('unslide')
      return Promise.resolve()
    },
    refuse(error, res) {
      res
        .status(418)
        .json(
          isCis2Error(error) ? Object.assign({}, error, { code: error.code, cause: undefined }) : { error: 'not ours' },
        )
    },
    leave: () => Promise.resolve(true),
    ...changes,
  }
}

function appWith({ context = {}, bystanders = [] }: Scene, guard: express.RequestHandler, before = noop): Express {
  const app = express()
  app.use(before)
  app.use((req, _res, next) => {
    if (context !== 'none') setGuardContext(req, contextWith(context))
    setBystanders(req, bystanders)
    Object.assign(req, { cis2User: { sub: SUBJECT.sub } })
    next()
  })
  app.all('/page', guard, (_req, res) => {
    calls.push('handler')
    res.json({ passed: true })
  })
  app.use((error: unknown, _req: Request, res: Response, next: express.NextFunction) => {
    if (res.headersSent) next(error)
    else res.status(500).json({ toNext: isCis2Error(error) ? error.code : 'other' })
  })
  return app
}

const noop: express.RequestHandler = (_req, _res, next) => {
  next()
}

async function ask(app: Express, init: RequestInit = {}) {
  const server = createServer(app)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  try {
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/page`, { redirect: 'manual', ...init })
    const text = await answer.text()
    const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : text
    return { status: answer.status, headers: answer.headers, body }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

beforeEach(() => {
  calls = []
})

describe('the guard', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE'])(
    'RPL-2 lets %s, which changes nothing, come from anywhere',
    async (method) => {
      const app = appWith({ context: { isSameOrigin: () => false } }, requireCis2())
      // TRACE is nothing that `fetch` sends.
      const overridden = appWith({ context: { isSameOrigin: () => false } }, requireCis2(), (req, _res, next) => {
        req.method = method
        next()
      })
      expect((await ask(method === 'TRACE' ? overridden : app, method === 'TRACE' ? {} : { method })).status).toBe(200)
      expect(calls).toContain('handler')
    },
  )

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'QUERY'])(
    'RPL-2 refuses %s from another origin, unless the requirement says otherwise',
    async (method) => {
      const asMethod: express.RequestHandler = (req, _res, next) => {
        req.method = method
        next()
      }
      const elsewhere = { context: { isSameOrigin: () => false } }
      const refused = await ask(appWith(elsewhere, requireCis2(), asMethod))
      expect(refused.body).toMatchObject({ code: 'CIS2_CROSS_ORIGIN' })
      expect((await ask(appWith(elsewhere, requireCis2({ crossOrigin: 'allow' }), asMethod))).status).toBe(200)
    },
  )

  it('answers for the store before it judges anybody', async () => {
    const away = { context: { store: 'unavailable' as const } }
    expect((await ask(appWith(away, requireCis2()))).body).toMatchObject({ code: 'CIS2_STORE_UNAVAILABLE' })
    expect(calls).not.toContain('handler')
  })

  it('asks for the least that would do when nobody is signed in, whatever the request is', async () => {
    const nobody = { context: { subject: undefined, isSameOrigin: () => false } }
    const requirement = { anyOf: [{ aal: 3 as const }, { aal: 2 as const }] }
    const answer = await ask(appWith(nobody, requireCis2(requirement)), { method: 'POST' })
    expect(answer.body).toMatchObject({ code: 'CIS2_NOT_SIGNED_IN', aal: 2 })
  })

  it('gives back the idle time of a request that is nobody’s doing, and then judges as ever', async () => {
    const passed = await ask(appWith({}, requireCis2({ extendSession: false })))
    expect(passed.status).toBe(200)
    expect(calls).toEqual(['unslide', 'handler'])
    const refused = await ask(appWith({}, requireCis2({ extendSession: false, aal: 3 })))
    expect(refused.body).toMatchObject({ code: 'CIS2_STEP_UP_REQUIRED' })
    calls = []
    await ask(appWith({}, requireCis2()))
    expect(calls).toEqual(['handler'])
  })

  it.each<[Requirement, string, string]>([
    [{ aal: 3, maxAuthAgeSeconds: 60 }, 'CIS2_STEP_UP_REQUIRED', 'aal'],
    [{ aal: 2, maxAuthAgeSeconds: 60 }, 'CIS2_STEP_UP_REQUIRED', 'maxAuthAgeSeconds'],
    [{ activities: ['B0278'] }, 'CIS2_FORBIDDEN', 'activities'],
  ])('names the key of %j that refused', async (requirement, code, key) => {
    const answer = await ask(appWith({}, requireCis2(requirement)))
    expect(answer.body).toMatchObject({ code, key })
    expect(calls).not.toContain('handler')
  })

  it('lets a page that is only looked ahead at wait', async () => {
    const answer = await ask(appWith({}, requireCis2()), { headers: { 'sec-purpose': 'prefetch' } })
    expect([answer.status, calls]).toEqual([503, []])
  })

  it('keeps what it lets through out of caches, unless the application has said otherwise', async () => {
    const plain = await ask(appWith({}, requireCis2()))
    expect(plain.headers.get('cache-control')).toBe('no-store')
    expect(plain.headers.get('vary')).toContain('Cookie')
    const said = appWith({}, requireCis2(), (_req, res, next) => {
      res.setHeader('Cache-Control', 'private, max-age=5')
      next()
    })
    expect((await ask(said)).headers.get('cache-control')).toBe('private, max-age=5')
  })

  it.each([true, false])(
    'adds nothing to an answer that was given while a check was asked (which said %s)',
    async (held) => {
      const check = (_user: unknown, req: Request) => {
        req.res?.status(503).end('too late')
        return Promise.resolve(held)
      }
      const refused: unknown[] = []
      const context = { refuse: (error: unknown) => refused.push(error) }
      const answer = await ask(appWith({ context }, requireCis2({ check })))
      expect([answer.status, answer.body, calls, refused]).toEqual([503, 'too late', [], []])
    },
  )

  it('keeps what a check has thrown that is no error', async () => {
    const refused: unknown[] = []
    const context: Partial<GuardContext> = {
      refuse(error, res) {
        refused.push(error)
        res.status(418).end()
      },
    }
    const route = 'route' as unknown as Error
    const check = () => Promise.reject(route)
    await ask(appWith({ context }, requireCis2({ check })))
    expect(refused).toEqual([expect.objectContaining({ code: 'CIS2_FORBIDDEN', cause: 'route' })])
  })
})

describe('which instance a guard asks', () => {
  it('is, of the guard of all, the only one there is', async () => {
    const without = await ask(appWith({ context: 'none' }, requireCis2()))
    expect(without.body).toEqual({ toNext: 'CIS2_NOT_MOUNTED' })
    const bystander = instanceWith(undefined)
    const taken = await ask(appWith({ context: 'none', bystanders: [bystander] }, requireCis2()))
    expect([taken.status, calls]).toEqual([200, ['takeOver', 'handler']])
  })

  it('is none, of the guard of all, where several could be meant', async () => {
    const two = [instanceWith(undefined), instanceWith(undefined)]
    const scenes: readonly Scene[] = [
      { context: 'none', bystanders: two },
      { context: {}, bystanders: two.slice(1) },
    ]
    for (const scene of scenes) {
      const answer = await ask(appWith(scene, requireCis2()))
      expect([answer.body, calls]).toEqual([{ toNext: 'CIS2_CONFIG' }, []])
    }
  })

  it('is, of the guard of one, that one, whichever serves the request', async () => {
    const other = instanceWith(undefined)
    const served = await ask(appWith({ bystanders: [other] }, createRequireCis2(HERE)()))
    expect([served.status, calls]).toEqual([200, ['handler']])
    calls = []
    const taken = await ask(appWith({ bystanders: [other] }, createRequireCis2(other)()))
    expect([taken.status, calls]).toEqual([200, ['takeOver', 'handler']])
    const scenes: readonly Scene[] = [{}, { context: 'none' }]
    for (const scene of scenes) {
      expect((await ask(appWith(scene, createRequireCis2(other)()))).body).toEqual({ toNext: 'CIS2_NOT_MOUNTED' })
    }
  })

  it('is one that asks CIS2 for roles, where a role is required', async () => {
    const roleless = instanceWith('openid profile')
    const requirement: Requirement<Request> = { roles: ['R8000'] }
    expect(thrownBy(() => createRequireCis2(roleless)(requirement))).toMatchObject({ code: 'CIS2_CONFIG' })
    expect(thrownBy(() => createRequireCis2(instanceWith('openid selectedrole'))(requirement))).toMatchObject({
      problems: [expect.stringMatching(/lacks nationalrbacaccess$/)],
    })
    expect(() => createRequireCis2(roleless)({ aal: 3 })).not.toThrow()
    // Of an instance of another version nobody knows.
    expect(() => createRequireCis2(instanceWith(undefined))(requirement)).not.toThrow()
    const guard = requireCis2(requirement)
    const scenes: readonly Scene[] = [
      { context: { instance: roleless } },
      { context: 'none', bystanders: [instanceWith('openid profile', {})] },
    ]
    for (const scene of scenes) {
      expect((await ask(appWith(scene, guard))).body).toEqual({ toNext: 'CIS2_CONFIG' })
    }
  })
})

it('meets the middleware of another build of this package by these names', () => {
  const marks: Record<symbol, unknown> = {}
  const req = marks as unknown as Request
  const context = contextWith({})
  const bystanders = [HERE]
  setGuardContext(req, context)
  setBystanders(req, bystanders)
  expect(marks).toEqual({ [Symbol.for('express-cis2')]: context, [Symbol.for('express-cis2 bystanders')]: bystanders })
})
