/** How the NHS API platform refuses. */
import { randomUUID } from 'node:crypto'

import { type Answer, jsonAnswer } from '../answer.js'

/** A refusal in the platform's words, with the reason that it may not tell. */
export class PlatformProblem extends Error {
  readonly status: number
  readonly code: string
  readonly refusal: string

  constructor(status: number, description: string, refusal = description, code = 'invalid_request') {
    super(description)
    this.name = 'PlatformProblem'
    this.status = status
    this.code = code
    this.refusal = refusal
  }

  toAnswer(): Answer {
    return jsonAnswer(this.status, { error: this.code, error_description: this.message, message_id: randomUUID() })
  }
}

/** Refuses with one of the platform's texts. */
export function refuse(status: number, description: string, refusal?: string): never {
  throw new PlatformProblem(status, description, refusal)
}
