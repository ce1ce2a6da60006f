/** One request being answered: its parameters, its entry in the log, and the ways to answer. */
import express, { type Request, type RequestHandler, type Response } from 'express'

import { type Answer, sendAnswer } from './answer.js'
import { maskAddress, maskBody, maskObject } from './mask.js'
import type { SpoiledBy } from './fault-board.js'
import type { FaultName } from './faults/index.js'
import { noteFault, type OpenRequest, type Participant } from './request-log.js'
import { sequenceIdOf } from './sequence.js'
import type { World } from './world.js'

/** Reads any body as text, so that repeated parameters stay visible. */
export const readBodyAsText: RequestHandler = express.text({ type: () => true, limit: '256kb' })

/**
 * Headers of every page: nothing from elsewhere, no frames, no guessing. `scripts`: our own script may run and ask us.
 */
export function pageHeaders(formTargets: readonly string[] = [], scripts = false): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    'img-src data:',
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    ...(scripts ? ["script-src 'self'", "connect-src 'self'"] : []),
  ]
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  }
}

/** What a page's policy has to name so that a form may lead to an address; a scheme of one's own stands for itself. */
export function originOf(address: string): string {
  const { origin, protocol } = new URL(address)
  return origin === 'null' ? protocol : origin
}

/** A request to the provider, and what is said about it in the log. */
export class Exchange implements SpoiledBy {
  readonly req: Request
  readonly res: Response
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly #entry: OpenRequest
  readonly #world: World

  constructor(req: Request, res: Response, world: World, from: Participant) {
    this.req = req
    this.res = res
    this.#world = world
    const [path = '', query = ''] = req.originalUrl.split(/\?(.*)/s)
    this.query = new URLSearchParams(query)
    this.form = new URLSearchParams(typeof req.body === 'string' ? req.body : '')
    this.#entry = world.log.open({ method: req.method, path, from, to: 'cis2' })
    const authorization = req.headers.authorization?.replace(/ .*/s, ' masked')
    this.#entry.sent = {
      ...maskObject(this.query),
      ...maskObject(this.form),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    }
  }

  /** Notes why the request is refused. */
  refuse(reason: string): void {
    this.#entry.refusal = reason
  }

  /** Notes a fault that spoiled the answer. */
  spoiledBy(fault: FaultName): void {
    noteFault(this.#entry, fault)
  }

  /** Under which the page of requests draws this one. */
  get sequenceId(): string {
    return sequenceIdOf(this.#entry)
  }

  /** Notes which sign-in the request belongs to. */
  joins(journey: string | undefined): void {
    if (journey !== undefined) this.#entry.journey = journey
  }

  /** Sends an answer that is not a page. */
  async answer(answer: Answer): Promise<void> {
    this.#close(answer.status, { body: maskBody(answer.type, answer.body) })
    await sendAnswer(this.res, answer, this.#world.stopping)
  }

  /** Sends the browser elsewhere; `Location` stays relative where it was, so that any displayed origin works. */
  redirect(location: string): void {
    this.#close(302, { location: maskAddress(location) })
    this.res.status(302).set(pageHeaders()).set('Location', location).end()
  }

  /** Sends a page. `formTargets`: origins that its form may lead to, which browsers check along a redirect too. */
  page(status: number, html: string, formTargets: readonly string[] = []): void {
    this.#close(status, { page: /<h1[^>]*>([^<]*)/.exec(html)?.[1] })
    this.res.status(status).set(pageHeaders(formTargets)).type('html').end(html)
  }

  #close(status: number, answered: Record<string, unknown>): void {
    Object.assign(this.#entry, { status, answered })
    this.#world.log.changed()
  }
}

/** Turns a function over an exchange into an Express handler whose failures reach `next`, on Express 4 as well. */
export function answerWith(
  world: World,
  from: Participant,
  handler: (exchange: Exchange) => Promise<void> | void,
): RequestHandler {
  return (req, res, next) => {
    const exchange = new Exchange(req, res, world, from)
    Promise.resolve()
      .then(() => handler(exchange))
      .catch(next)
  }
}
