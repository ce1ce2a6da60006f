/** What a flow is, and what the flows share. */
import { isCis2Error } from '../../src/errors.js'
import type { Sessions } from '../../src/session/sessions.js'
import type { Jar } from './browser.js'
import type { World } from './world.js'

export interface Person {
  readonly sub: string
  readonly sid: string
}

export interface FlowContext {
  readonly world: World
  /** The place in the schedule; also names what it writes. */
  readonly index: number
  readonly jar: Jar
  /** Whose browser it was to begin with. */
  readonly person: Person
  readonly sessions: Sessions
  /** Of the sign-in that `prepare` began. */
  readonly state: string
}

export interface Flow {
  readonly name: string
  /** Before the schedule begins; returns the `state` of a sign-in. */
  readonly prepare?: (context: FlowContext) => Promise<string>
  /** Answers what came of it, in a word. */
  readonly run: (context: FlowContext) => Promise<string>
  /** Turns the clock by much. */
  readonly turnsClock?: true
}

export async function succeeds(action: Promise<void>): Promise<boolean> {
  try {
    await action
    return true
  } catch (error) {
    failureOf(error)
    return false
  }
}

/** What the schedules may refuse; everything else is a fault of ours. */
export function failureOf(error: unknown): string {
  if (isCis2Error(error) && error.code === 'CIS2_STORE_UNAVAILABLE') return 'unavailable'
  if (isCis2Error(error) && error.code === 'CIS2_SIGN_IN_REFUSED') return error.reason
  throw error
}

export function stepOf(world: World): number {
  return world.schedule?.step ?? 0
}
