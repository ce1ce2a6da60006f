/**
 * What the middleware leaves on a request for the guard. The two meet through registered symbols, because a test may
 * load the guard from one build of this package and the middleware from the other.
 */
import type { Request, Response } from 'express'

import type { AccessSubject } from '../cis2/access-subject.js'

/** One `cis2Auth`, as guards and other instances know it. */
export interface Instance {
  /** The paths that it answers itself. */
  readonly paths: ReadonlySet<string>
  readonly cookieName: string
  readonly keyPrefix: string
  /** What it asks CIS2 for, separated by single spaces; undefined of one that another version of this package made. */
  readonly scopes?: string
  /** Tells it of another instance in the same app. */
  readonly meet: (other: Instance, app: object) => void
  /** Has the request served by this instance from here on, in the place of whichever serves it now. */
  readonly takeOver: (req: Request, res: Response) => Promise<GuardContext>
}

/** What the guard needs to know of the request, from the instance that serves it. */
export interface GuardContext {
  readonly instance: Instance
  readonly store: 'ok' | 'unavailable'
  readonly subject: AccessSubject | undefined
  /** Epoch seconds. */
  now(): number
  /** Whether the same-origin rule lets this request change something. */
  isSameOrigin(): boolean
  /** Gives back the idle time that loading granted. */
  unslide(): Promise<void>
  /** Records the refusal, then answers it or hands it to `next`: a redirect to sign in, a page, or problem+json. */
  refuse(error: unknown, res: Response, next: (error: unknown) => void): void
  /** Takes this instance's session off the request; false when something has wrapped the response since. */
  leave(): Promise<boolean>
}

const CONTEXT = Symbol.for('express-cis2')
const BYSTANDERS = Symbol.for('express-cis2 bystanders')
const NOBODY: readonly Instance[] = []

interface Marked {
  [CONTEXT]?: GuardContext
  [BYSTANDERS]?: readonly Instance[]
}

export function setGuardContext(req: Request, context: GuardContext): void {
  ;(req as Marked)[CONTEXT] = context
}

/** Undefined when no `cis2Auth` serves the request. */
export function guardContextOf(req: Request): GuardContext | undefined {
  return (req as Marked)[CONTEXT]
}

/** Instances that have seen the request and do not serve it; nearly always there are none. */
export function bystandersOf(req: Request): readonly Instance[] {
  return (req as Marked)[BYSTANDERS] ?? NOBODY
}

export function setBystanders(req: Request, instances: readonly Instance[]): void {
  ;(req as Marked)[BYSTANDERS] = instances
}
