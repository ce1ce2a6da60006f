/** What the developer is to mend: options, mounting. */
import { Cis2Error, docsOf } from './cis2-error.js'

/** The options, a guard's requirement or a simulator's settings are wrong; lists every problem, never a secret. */
export class ConfigError extends Cis2Error {
  readonly code = 'CIS2_CONFIG'
  readonly status = 500
  /** One sentence for each problem, naming its field: `session.secret must have 32 characters or more`. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${String(problems.length)} problems`}:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nRead on: node_modules/express-cis2/${docsOf('CIS2_CONFIG')}`,
    )
    this.problems = Object.freeze([...problems])
  }
}

/** `cis2Auth` is mounted somewhere else than at the root of the app. */
export class MountError extends Cis2Error {
  readonly code = 'CIS2_MOUNT'
  readonly status = 500
}

/** `req.session` existed before `cis2Auth` ran: another session middleware is mounted. */
export class SessionConflictError extends Cis2Error {
  readonly code = 'CIS2_SESSION_CONFLICT'
  readonly status = 500
}

/** A guard, or `cis2UserOf`, ran on a request that `cis2Auth` has not seen. */
export class NotMountedError extends Cis2Error {
  readonly code = 'CIS2_NOT_MOUNTED'
  readonly status = 500
}
