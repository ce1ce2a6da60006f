// Each line that is marked must be an error: the compiler complains about a mark without one.
import type { Request } from 'express'
import {
  cis2Auth,
  requireCis2,
  type Cis2Error,
  type Cis2ErrorCode,
  type Cis2Options,
  type Cis2User,
} from 'express-cis2'
import { startSimulator } from 'express-cis2/simulator'
import { aUser, fakeCis2Auth, startTestCis2, type TestCis2 } from 'express-cis2/testing'
// @ts-expect-error -- what is not exported stays inside
import { parseOptions } from 'express-cis2/dist/index.js'

export const inside: unknown = parseOptions

export function options(given: Cis2Options): Cis2Options[] {
  return [
    // @ts-expect-error -- a misspelt option
    { ...given, bseUrl: 'https://clinic.example.nhs.uk' },
    // @ts-expect-error -- there is no such environment
    { ...given, environment: 'production' },
    // @ts-expect-error -- there is no AAL4
    { ...given, aal: 4 },
    // @ts-expect-error -- a secret is no key
    { ...given, clientAuthentication: { method: 'private_key_jwt', clientSecret: 'x' } },
    // @ts-expect-error -- a key needs its method
    { ...given, clientAuthentication: { keys: [] } },
    // @ts-expect-error -- a store has to be named
    { ...given, session: { secret: 'x' } },
    // @ts-expect-error -- a level is a number
    { ...given, identityAssuranceLevel: '3' },
  ]
}

// @ts-expect-error -- what is needed is missing
cis2Auth({ environment: 'int' })

// @ts-expect-error -- a misspelt requirement guards nothing
requireCis2({ role: ['R8000'] })
// @ts-expect-error -- a list
requireCis2({ roles: 'R8000' })
// @ts-expect-error -- a number
requireCis2({ aal: '3' })
// @ts-expect-error -- an alternative has none of its own
requireCis2({ anyOf: [{ crossOrigin: 'allow' }] })

export function user(req: Request, known: Cis2User, error: Cis2Error): void {
  // @ts-expect-error -- perhaps nobody is signed in
  console.log(req.cis2User.name)
  // @ts-expect-error -- frozen
  known.aal = 3
  // @ts-expect-error -- frozen
  known.roles.push(aUser().roles[0])
  // @ts-expect-error -- wire names stay on the wire
  console.log(known.nhsid_nrbac_roles)
  // @ts-expect-error -- tokens are not on the user
  console.log(known.accessToken)
  // @ts-expect-error -- no such code
  const code: Cis2ErrorCode = 'CIS2_NO_SUCH_CODE'
  console.log(code, error.code)
}

// @ts-expect-error -- there is no such fault
void startSimulator({ faults: ['nonce-worng'] })

// @ts-expect-error -- details of a user are no user
fakeCis2Auth({ role: 'R8001' })
// @ts-expect-error -- a misspelt detail
aUser({ rol: 'R8001' })

export async function kit(cis2: TestCis2 | undefined): Promise<void> {
  const { signInAs, options } = cis2 ?? (await startTestCis2())
  // @ts-expect-error -- an agent comes first
  await signInAs('Ngozi Okafor')
  // @ts-expect-error -- the kit sets it
  options({ issuer: 'https://elsewhere.example' })
}
