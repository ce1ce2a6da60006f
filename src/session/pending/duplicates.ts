/** Duplicates of a callback: what they are told, sealed for the browser that began the sign-in. */
import type { Backend, PendingOutcome } from '../backend.js'
import type { Sealer } from '../records/seal.js'
import type { SignInOutcome } from '../sign-in-outcome.js'
import type { SignInPlace } from './sign-in-cookies.js'

const FIELD = 'lo'

/** What duplicates of one first callback are told. */
export class Duplicates {
  readonly #backend: Backend
  readonly #sealer: Sealer
  readonly #place: SignInPlace
  #sealed: string | undefined

  constructor(backend: Backend, sealer: Sealer, place: SignInPlace) {
    this.#backend = backend
    this.#sealer = sealer
    this.#place = place
  }

  /** For the step that signs in: they are told with the session or not at all. */
  seal(outcome: SignInOutcome): PendingOutcome {
    this.#sealed = JSON.stringify(outcome)
    return this.#seal(this.#sealed)
  }

  /** Tells them, unless that step has told them just that. Never rejects. */
  async tell(outcome: SignInOutcome): Promise<void> {
    const text = JSON.stringify(outcome)
    // A refusal, or an answer that others have added to, is not what was sealed.
    if (text === this.#sealed) return
    // Without it, duplicates are told that they came too late: nobody is signed in by that.
    await this.#backend.settlePending(this.#seal(text)).catch(function tooLate() {})
  }

  #seal(text: string): PendingOutcome {
    const { slot, owner } = this.#place
    return { slot, outcome: this.#sealer.seal(owner, FIELD, text) }
  }
}

/** What the first callback answered; undefined when it was not sealed by us, for this browser. */
export function openOutcome(sealer: Sealer, { owner }: SignInPlace, sealed: Buffer): SignInOutcome | undefined {
  const text = sealer.open(owner, FIELD, sealed)
  return text === undefined ? undefined : (JSON.parse(text) as SignInOutcome)
}
