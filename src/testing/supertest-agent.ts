/**
 * A supertest agent, as far as the test kit needs it. Written down here, not imported, so that the kit works with
 * whichever version of supertest and of its types a project has.
 */
import type { Server } from 'node:http'

import { TestCis2Error, type TestAnswer } from './test-cis2-error.js'

/** An answer, as supertest gives it. */
export interface SupertestResponse {
  /** The HTTP status. */
  readonly status: number
  /** The headers, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body of JSON or a form; an empty object otherwise. */
  readonly body: unknown
  /** The body as text. */
  readonly text: string
}

/** A request under way. */
export interface SupertestRequest extends PromiseLike<SupertestResponse> {
  /** Adds headers to the request. */
  set(headers: object): this
}

/** What `request.agent(app)` of supertest returns: it keeps cookies from one request to the next. */
export interface SupertestAgent {
  /** Begins a GET request. */
  get(path: string): SupertestRequest
}

/** The application that an agent talks to: a server that need not listen, or the address of one that does. */
export type AppUnderTest = Server | string

/**
 * The application behind an agent.
 *
 * Throws {@link TestCis2Error} for anything that is no agent, `request(app)` above all: it keeps no cookies, so nobody
 * stays signed in.
 */
export function appOf(agent: SupertestAgent): AppUnderTest {
  const { app, jar } = (agent as unknown as { app?: unknown; jar?: unknown } | undefined) ?? {}
  if (jar !== undefined && (typeof app === 'string' || isServer(app))) return app
  throw new TestCis2Error(
    'The first argument must be a supertest agent, which keeps cookies: request.agent(app), not request(app).',
  )
}

/** Of HTTP, HTTPS or HTTP/2: all of them hand their requests to the application as an event. */
function isServer(app: unknown): app is Server {
  return typeof app === 'object' && app !== null && 'emit' in app && 'address' in app
}

/** Asks as a program does, so that a refusal comes as JSON with its code and reason. */
export async function get(
  agent: SupertestAgent,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<SupertestResponse> {
  return agent.get(path).set({ accept: 'application/json', ...headers })
}

/** What the test may want to know of an answer. */
export function answerOf({ status, body }: SupertestResponse): TestAnswer {
  const { code, reason } = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  return {
    status,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  }
}

/** `403 CIS2_SIGN_IN_REFUSED (identity-assurance)` */
export function describeAnswer(answer: TestAnswer): string {
  const reason = answer.reason === undefined ? [] : [`(${answer.reason})`]
  return [String(answer.status), ...(answer.code === undefined ? [] : [answer.code]), ...reason].join(' ')
}
