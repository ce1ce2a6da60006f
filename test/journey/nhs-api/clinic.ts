/** An application that calls an NHS API, in as many instances as wanted, over a wire that a test watches and holds. */
import express, { type Express } from 'express'
import type { Redis } from 'ioredis'
import request from 'supertest'

import { cis2Auth, isCis2Error, requireCis2, type Cis2Auth, type Cis2Event } from '../../../src/index.js'
import type { TestCis2 } from '../../../src/testing/index.js'

export const NURSE = 'Ngozi Okafor'
export const PATIENT = '/personal-demographics/FHIR/R4/Patient/9000000009'

/** One request that left for the API platform. */
export interface Sent {
  readonly grant: 'exchange' | 'refresh' | 'call'
  readonly address: string
  readonly headers: Headers
  readonly body: URLSearchParams
}

type Answer = () => Promise<Response>

/** What the application reaches the world by: it counts, and lets a test answer instead. */
export class Wire {
  readonly sent: Sent[] = []
  /** Of every request, whatever it is about. */
  readonly addresses: string[] = []
  /** Given a request and the real answer to it. */
  intercept: ((sent: Sent, real: Answer) => Promise<Response>) | undefined

  readonly fetch: typeof fetch = async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    this.addresses.push(address)
    const real: Answer = () => fetch(input, init)
    const grant = grantOf(address, init)
    if (grant === undefined) return real()
    const body = new URLSearchParams(bodyOf(init))
    const sent: Sent = { grant, address, headers: new Headers(init?.headers), body }
    this.sent.push(sent)
    return this.intercept === undefined ? real() : this.intercept(sent, real)
  }

  count(grant: Sent['grant']): number {
    return this.sent.filter((one) => one.grant === grant).length
  }

  /** Holds the first request of a grant until let go: `reached` when it is there. */
  hold(grant: Sent['grant'], when: 'before' | 'after' = 'before') {
    let letGo = (): void => undefined
    let arrived = (): void => undefined
    const reached = new Promise<void>((resolve) => (arrived = resolve))
    const released = new Promise<void>((resolve) => (letGo = resolve))
    this.intercept = async (sent, real) => {
      if (sent.grant !== grant) return real()
      if (when === 'before') {
        arrived()
        await released
        return real()
      }
      const answer = await real()
      arrived()
      await released
      return answer
    }
    return {
      reached,
      letGo: () => {
        letGo()
      },
    }
  }
}

function bodyOf(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : ''
}

function grantOf(address: string, init: RequestInit | undefined): Sent['grant'] | undefined {
  if (address.includes('/oauth2/token')) return bodyOf(init).includes('token-exchange') ? 'exchange' : 'refresh'
  return address.includes('/personal-demographics/') ? 'call' : undefined
}

export interface Instance {
  readonly app: Express
  readonly auth: Cis2Auth
}

export interface Clinic {
  readonly instances: readonly Instance[]
  readonly app: Express
  readonly auth: Cis2Auth
  readonly wire: Wire
  readonly events: Cis2Event[]
  apiEvents(): string[]
  signedIn(persona?: string, choice?: Parameters<TestCis2['signInAs']>[2]): Promise<ReturnType<typeof request.agent>>
  close(): Promise<void>
}

type Overrides = NonNullable<Parameters<TestCis2['options']>[0]>

export interface ClinicSettings {
  readonly options?: Overrides
  readonly instances?: number
  readonly redis?: string | Redis
  readonly routes?: (app: Express) => void
}

export async function startClinic(cis2: TestCis2, settings: ClinicSettings = {}): Promise<Clinic> {
  const { options = {}, instances: count = 1, redis = 'memory', routes } = settings
  const wire = new Wire()
  const events: Cis2Event[] = []
  const complete = cis2.options({
    fetch: wire.fetch,
    onEvent: (event) => events.push(event),
    ...options,
    session: { redis, confirmReplicas: 'off', ...options.session },
  })
  const instances = Array.from({ length: count }, () => instanceOf(complete, routes))
  await Promise.all(instances.map(({ auth }) => auth.ready()))
  const [first] = instances
  if (first === undefined) throw new Error('no instance')
  return {
    ...first,
    instances,
    wire,
    events,
    apiEvents: () =>
      events
        .filter(({ type }) => type.startsWith('api-token'))
        .map(({ type, reason }) => [type.replace('api-token.', ''), reason].filter(Boolean).join(' ')),
    async signedIn(persona = NURSE, choice) {
      const agent = request.agent(first.app)
      await cis2.signInAs(agent, persona, choice)
      return agent
    },
    async close() {
      await Promise.all(instances.map(({ auth }) => auth.close()))
    },
  }
}

function instanceOf(options: Parameters<typeof cis2Auth>[0], routes?: (app: Express) => void): Instance {
  const auth = cis2Auth(options)
  const app = express().use(auth)
  app.get('/patients/:id', requireCis2(), async (req, res) => {
    const answer = await req.cis2.nhsApi.fetch(`/personal-demographics/FHIR/R4/Patient/${String(req.params.id)}`)
    res.status(answer.status).json(await answer.json())
  })
  app.get('/headers', requireCis2(), async (req, res) => {
    res.json(await req.cis2.nhsApi.headers())
  })
  app.get('/cookie', (req, res) => {
    res.json(req.headers.cookie)
  })
  routes?.(app)
  app.use(answerError)
  return { app, auth }
}

/** What an application would tell a program. */
const answerError: express.ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!isCis2Error(error)) {
    next(error)
    return
  }
  const { code, message, status } = error
  const { reason, retryAfterSeconds, maxAuthAgeSeconds } = error as unknown as Record<string, unknown>
  res.status(status).json({ code, message, reason, retryAfterSeconds, maxAuthAgeSeconds })
}
