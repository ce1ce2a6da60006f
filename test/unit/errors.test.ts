/** Errors say where to read on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import * as errors from '../../src/errors.js'

const PAGE = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8')

/** One of each class, whatever its constructor takes. */
const EACH = [
  new errors.ConfigError(['a problem']),
  ...[errors.MountError, errors.SessionConflictError, errors.NotMountedError].map((Kind) => new Kind('x')),
  ...[errors.InsecureTransportError, errors.ProviderUnavailableError, errors.ApiRequestError].map(
    (Kind) => new Kind('x'),
  ),
  new errors.NotSignedInError(),
  new errors.StepUpRequiredError({ aal: 3 }),
  new errors.ForbiddenError(),
  new errors.CrossOriginError(),
  new errors.MethodNotAllowedError('GET'),
  new errors.NavigationOnlyError(),
  new errors.SignInRefusedError('nonce', 'x'),
  new errors.LogoutTokenRefusedError('x'),
  new errors.SignOutNotConfirmedError(),
  new errors.StoreUnavailableError(),
  new errors.SessionUnreadableError(),
  new errors.ApiTokenError('api-key', 'x'),
  new errors.SessionEndedError('idle'),
]

it('is one of each class', () => {
  const classes = Object.values(errors).filter((value) => value.prototype instanceof errors.Cis2Error)
  expect(new Set(EACH.map(({ constructor }) => constructor))).toEqual(new Set(classes))
})

it.each(EACH)('$code carries the page that has a heading for it', (error) => {
  expect(error.docs).toBe(`docs/errors.md#${error.code.toLowerCase()}`)
  expect(PAGE).toContain(`\n## ${error.code}\n`)
})

it('a ConfigError, which mostly is seen as it is printed, has the page in its message', () => {
  expect(new errors.ConfigError(['aal must be 1, 2 or 3']).message).toBe(
    'The configuration has a problem:\n- aal must be 1, 2 or 3\nRead on: node_modules/express-cis2/docs/errors.md#cis2_config',
  )
})
