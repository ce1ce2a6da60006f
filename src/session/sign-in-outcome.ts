/** How a callback was answered, for a duplicate of it from the same browser. */
import type { SignInRefusedError } from '../errors.js'

/** What a callback is answered with, but for its cookies. */
export interface CallbackAnswer {
  readonly status: number
  /** `Location` of a redirect, or undefined when the answer is an error. */
  readonly location: string | undefined
  /** Of an error: its code, its reason, and what the sign-in was for. */
  readonly error:
    | {
        readonly code: string
        readonly reason: string | undefined
        readonly purpose?: SignInRefusedError['purpose'] | undefined
      }
    | undefined
}

/** What a first callback answered. */
export interface SignInOutcome extends CallbackAnswer {
  /** `Set-Cookie` lines of the answer. */
  readonly cookies: readonly string[]
}
