/** From signed in to NHS APIs: a real sign-in, the simulated platform, and an API behind it. */
import type express from 'express'
import express4 from 'express4'
import request from 'supertest'

import { cis2Auth, requireCis2 } from '../../../src/index.js'
import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'
import { NURSE, PATIENT, startClinic, type Clinic } from './clinic.js'

let cis2: TestCis2
let clinic: Clinic

beforeAll(async () => {
  cis2 = await startTestCis2({ nhsApi: true })
})

afterAll(() => cis2.stop())

beforeEach(async () => {
  clinic = await startClinic(cis2)
})

afterEach(async () => {
  cis2.simulator.clearFaults()
  await clinic.close()
})

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

describe('req.cis2.nhsApi', () => {
  it('fetches a patient as the user, in her role', async () => {
    const agent = await clinic.signedIn()
    const answer = await agent.get('/patients/9000000009')
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ id: '9000000009' })])
    const { headers } = clinic.wire.sent.at(-1) ?? { headers: new Headers() }
    expect(headers.get('authorization')).toMatch(/^Bearer \S+$/)
    expect(headers.get('nhsd-session-urid')).toMatch(/^\d+$/)
    expect(headers.get('x-request-id')).toMatch(UUID)
    expect(headers.get('x-correlation-id')).toMatch(UUID)
    expect(clinic.events.at(-1)).toMatchObject({
      type: 'api-token.obtained',
      aal: 3,
      correlationId: headers.get('x-correlation-id'),
    })
  })

  it('exchanges once, and uses the token as long as it has 60 seconds to live', async () => {
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    cis2.advance(599 - 60)
    await agent.get('/patients/9000000009')
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([1, 0])
    cis2.advance(1)
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    expect([clinic.wire.count('exchange'), clinic.wire.count('refresh')]).toEqual([1, 1])
    expect(clinic.apiEvents()).toEqual(['obtained', 'refreshed'])
  })

  it('goes on after the ID token has ended, and signs nobody out', async () => {
    const agent = await clinic.signedIn()
    await agent.get('/patients/9000000009')
    for (let quarter = 0; quarter < 8; quarter += 1) {
      cis2.advance(899)
      expect((await agent.get('/patients/9000000009')).status).toBe(200)
    }
    expect(clinic.wire.count('exchange')).toBe(1)
  })

  it('gives the same headers to another HTTP client, with a request id of its own each time', async () => {
    const agent = await clinic.signedIn()
    const [one, two] = [await agent.get('/headers'), await agent.get('/headers')]
    const names = ['Authorization', 'NHSD-Session-URID', 'X-Request-ID', 'X-Correlation-ID']
    expect(Object.keys(one.body as object)).toEqual(names)
    const ids = [one, two].map(({ body }) => (body as Record<string, string>)['X-Request-ID'])
    expect(new Set(ids).size).toBe(2)
  })

  it('sends the assertion that the platform wants, a new one each time', async () => {
    for (let session = 0; session < 2; session += 1) {
      const agent = await clinic.signedIn()
      await agent.get('/patients/9000000009')
    }
    const assertions = clinic.wire.sent.flatMap(({ grant, body }) =>
      grant === 'exchange' ? [body.get('client_assertion') ?? ''] : [],
    )
    expect(new Set(assertions).size).toBe(2)
    const [header, claims] = (assertions[0] ?? '').split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'RS512', typ: 'JWT', kid: 'app-under-test' })
    expect(JSON.parse(claims ?? '')).toMatchObject({ aud: `${cis2.simulator.url}/oauth2/token` })
  })

  it('signs with a key that is elsewhere', async () => {
    const { generateKeyPairSync, sign } = await import('node:crypto')
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const remote = {
      publicKey,
      kid: 'in-the-hsm',
      alg: 'RS512' as const,
      sign: (data: Uint8Array) => Promise.resolve(sign('sha512', data, privateKey)),
    }
    const other = await startClinic(cis2, { options: { nhsApi: { keys: [remote] } } })
    const agent = await other.signedIn()
    expect((await agent.get('/patients/9000000009')).status).toBe(200)
    await other.close()
  })

  it('tells nobody who is signed in to call nothing', async () => {
    const anonymous = await startClinic(cis2, {
      routes: (app) => {
        app.get('/open', async (req, res) => {
          res.json(await req.cis2.nhsApi.headers())
        })
      },
    })
    const answer = await request(anonymous.app).get('/open')
    expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ code: 'CIS2_NOT_SIGNED_IN' })])
    await anonymous.close()
  })

  it('does the same under Express 4', async () => {
    const auth = cis2Auth(cis2.options())
    const app = express4() as unknown as express.Express
    app.use(auth)
    app.get('/patients/:id', requireCis2(), (req, res, next) => {
      req.cis2.nhsApi.fetch(PATIENT).then((answer) => res.status(answer.status).end(), next)
    })
    const agent = request.agent(app)
    await cis2.signInAs(agent, NURSE)
    expect((await agent.get('/patients/1')).status).toBe(200)
    await auth.close()
  })

  it('says what is missing without the option', async () => {
    const plain = await startTestCis2()
    const without = await startClinic(plain)
    const agent = await without.signedIn()
    const answer = await agent.get('/headers')
    expect([answer.status, answer.body]).toEqual([500, expect.objectContaining({ code: 'CIS2_CONFIG' })])
    await without.close()
    await plain.stop()
  })

  it('calls for nobody after a sign-out in the same handler', async () => {
    const leaving = await startClinic(cis2, {
      routes: (app) => {
        app.get('/leave', async (req, res) => {
          await req.cis2.signOut()
          await req.cis2.nhsApi.fetch(PATIENT)
          res.end()
        })
      },
    })
    const agent = await leaving.signedIn()
    expect((await agent.get('/leave')).status).toBe(401)
    expect(leaving.wire.sent).toEqual([])
    await leaving.close()
  })

  it('refuses a user without a selected role before anything is sent', async () => {
    const nobody = cis2.simulator.users.find(({ roles }) => roles.length === 0)
    const agent = await clinic.signedIn(nobody?.name ?? '')
    const answer = await agent.get('/patients/9000000009')
    expect([answer.status, answer.body]).toEqual([502, expect.objectContaining({ reason: 'not-authorised' })])
    expect(clinic.wire.sent).toEqual([])
  })
})

describe('a target', () => {
  /** What `fetch` is called with; answers what came of it. */
  async function calling(target: unknown, init?: RequestInit) {
    const tried = await startClinic(cis2, {
      routes: (app) => {
        app.get('/try', async (req, res) => {
          const answer = await req.cis2.nhsApi.fetch(target as string, init)
          res.status(answer.status).end()
        })
      },
    })
    const agent = await tried.signedIn()
    const answer = await agent.get('/try')
    // Whatever it is called with, nobody is signed out by it.
    expect((await agent.get('/session')).body).toMatchObject({ signedIn: true })
    await tried.close()
    const { code } = answer.body as { code?: string }
    return { status: answer.status, code, sent: tried.wire.sent }
  }

  it('may be an address on the origin of the platform, as text or URL', async () => {
    expect(await calling(cis2.simulator.url + PATIENT)).toMatchObject({ status: 200 })
    expect(await calling(new URL(cis2.simulator.url + PATIENT))).toMatchObject({ status: 200 })
  })

  it.each([
    ['https://elsewhere.example/'],
    ['//elsewhere.example/'],
    ['/\\elsewhere.example/'],
    ['/personal-demographics/../other-api'],
    ['/personal-demographics/%2e%2e/other-api'],
    ['/personal-demographics/..%2f..%2fother-api'],
    ['/personal-demographics/..%252f..%252fother-api'],
    ['/personal-demographics\\..\\other-api'],
    ['/personal-demographics/..%5c..%5cother-api'],
    [undefined],
  ])('%s is refused before a byte leaves', async (target) => {
    expect(await calling(target)).toEqual({ status: 400, code: 'CIS2_API_REQUEST', sent: [] })
  })

  it.each(['Authorization', 'authorization', 'NHSD-Session-URID', 'nhsd-session-urid'])(
    'with a %s of the caller’s own is refused before a byte leaves',
    async (name) => {
      const refused = { status: 400, code: 'CIS2_API_REQUEST', sent: [] }
      expect(await calling(PATIENT, { headers: { [name]: 'x' } })).toEqual(refused)
      expect(await calling(PATIENT, { headers: [[name, 'x']] })).toEqual(refused)
      expect(await calling(PATIENT, { headers: new Headers({ [name]: 'x' }) })).toEqual(refused)
    },
  )

  it('is refused when a user made it lead elsewhere', async () => {
    const agent = await clinic.signedIn()
    const answer = await agent.get('/patients/..%2f..%2fother-api')
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ code: 'CIS2_API_REQUEST' })])
    expect(JSON.stringify(answer.body)).not.toContain('other-api')
    expect(clinic.wire.sent).toEqual([])
  })
})
