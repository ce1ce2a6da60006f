/** What the test kit says when a test asks for something that cannot be, or when the application refuses. */

/** What the application answered in place of signing the user in. */
export interface TestAnswer {
  /** The HTTP status of the answer. */
  readonly status: number
  /** The application's error code, such as `CIS2_SIGN_IN_REFUSED`, where the answer has one. */
  readonly code?: string
  /** Why a sign-in was refused, such as `identity-assurance`, where the answer says so. */
  readonly reason?: string
}

/** A test asked for something that cannot be, or the application refused; one sentence says which. */
export class TestCis2Error extends Error {
  /** There when an answer of the application is the reason. */
  readonly answer: TestAnswer | undefined

  constructor(message: string, { answer, cause }: { answer?: TestAnswer; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TestCis2Error'
    this.answer = answer
  }
}
