/**
 * HOP-42: every claim of ID token and UserInfo, spoiled in every way, through real HTTP; the verdict and what was
 * read are held against a judgement that shares no code with ours.
 */
import { randomBytes } from 'node:crypto'

import { isCis2Error } from '../../../src/errors.js'
import { createProvider } from '../../../src/oidc/create-provider.js'
import type { Provider, VerifiedSignIn } from '../../../src/oidc/provider.js'
import { CHANGES, changed as changedTo, type Change } from '../../support/app/claim-changes.js'
import { ScriptedProvider, type Claims, type Person } from '../../support/app/scripted-provider.js'
import { judge, type Reading, type Sent } from '../../support/app/sign-in-oracle.js'
import { configFor, REDIRECT_URI } from '../../unit/oidc/support.js'

const LEAST_CASES = 1500

const PERSON: Person = {
  sub: '555012345678',
  aal: '3',
  identityLevel: '3',
  userInfo: {
    nhsid_useruid: '555012345678',
    uid: '555012345678',
    name: 'Okafor Ngozi Ms',
    title: 'Ms',
    given_name: 'Ngozi',
    middle_names: 'Ada',
    initials: 'N',
    family_name: 'Okafor',
    display_name: 'Ngozi Okafor',
    email: 'ngozi.okafor@example.nhs.net',
    idassurancelevel: '3',
    nhsid_user_orgs: [{ org_name: 'RIVERSIDE SURGERY', org_code: 'A99901' }],
    nhsid_nrbac_roles: [
      {
        person_orgid: '555011112222',
        person_roleid: '555098765432',
        org_code: 'A99901',
        role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
        role_code: 'S8000:G8000:R8001',
        activities: ['Perform Prescription Preparation'],
        activity_codes: ['B0278'],
        workgroups: ['Immunisation team'],
        workgroups_codes: ['555033334444'],
        aow: ['"Pathology":"Pathology":"Phlebotomy"'],
        aow_codes: ['P0020:Q0300:T0640'],
      },
    ],
    nhsid_org_memberships: [{ person_orgid: '555011112222', org_name: 'RIVERSIDE SURGERY', org_code: 'A99901' }],
    nhsid_org_roles: [{ person_orgid: '555011112222', org_name: 'RIVERSIDE SURGERY', org_code: 'A99901' }],
    gmc_id: 'C9999999',
    gmp_id: 'G9999998',
    nmc_id: '99A9999E',
    gphc_id: '9999999',
    gdc_id: '999999',
    gdp_id: '999998',
    rcn_id: '9999997',
    consultant_id: 'C9999996',
  },
}

/** Claims of CIS2 that the scripted provider does not send by itself. */
const MORE_ID_TOKEN_CLAIMS = {
  idassurancelevel: '3',
  auditTrackingId: '0f3b2b70-5f6e-4b53-9f3e-2f1a7f6a1c22-10412',
  tokenName: 'id_token',
  tokenType: 'JWTToken',
  realm: '/NHSIdentity/Healthcare',
  subname: '555012345678',
  c_hash: 'bX9l0m1Qy3Qk1b9c5p2v7A',
  s_hash: 'LJ3kd9s0a8f7g6h5j4k3lQ',
  'org.forgerock.openidconnect.ops': 'k1V0c1q2w3e4r5t6y7u8i9o0pAs',
}

const ID_TOKEN_CLAIMS = [
  ...['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'nbf', 'auth_time', 'nonce', 'acr', 'amr', 'at_hash', 'sid', 'jti'],
  ...['authentication_assurance_level', 'id_assurance_level', 'selected_roleid', 'events'],
  ...Object.keys(MORE_ID_TOKEN_CLAIMS),
]
const USER_INFO_CLAIMS = ['sub', 'iss', 'aud', 'exp', 'events', ...Object.keys(PERSON.userInfo)]
const MEMBERS: [string, string][] = [
  ...Object.keys(firstOf('nhsid_nrbac_roles')).map((name): [string, string] => ['nhsid_nrbac_roles', name]),
  ...Object.keys(firstOf('nhsid_user_orgs')).map((name): [string, string] => ['nhsid_user_orgs', name]),
]

function firstOf(list: string): Claims {
  return (PERSON.userInfo[list] as Claims[])[0] ?? {}
}

let op: ScriptedProvider
let provider: Provider
let cases = 0
let accepted = 0
let refused = 0

beforeAll(async () => {
  op = await ScriptedProvider.start()
  provider = createProvider(configFor(op), () => undefined)
  await provider.ready()
})

afterAll(async () => {
  provider.close()
  await op.stop()
})

beforeEach(() => {
  op.reset()
  op.person = PERSON
})

/** Honest values of claims that are not sent unless they are changed. */
function unsent(): Claims {
  return {
    nbf: op.seconds() - 5,
    jti: '6e0b6bb1-7f0c-4a0e-8a77-3a2a2f0e1d5b',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    iss: op.issuer,
    aud: op.clientId,
    exp: op.seconds() + 300,
  }
}

function changed(object: Claims, name: string, change: Change): Claims {
  return changedTo(object, name, change, object[name] ?? unsent()[name])
}

/** What came of a sign-in: whom it is of by our reading, or undefined when it was refused. */
interface Outcome {
  readonly ours: Reading | undefined
  readonly theirs: Reading | undefined
}

async function signIn(): Promise<Outcome> {
  const [state, nonce, codeVerifier] = [0, 1, 2].map(() => randomBytes(32).toString('base64url')) as [
    string,
    string,
    string,
  ]
  const { sent, captured } = capture(nonce)
  const secrets = { state, nonce, codeVerifier }
  const request = {
    ...secrets,
    redirectUri: REDIRECT_URI,
    scope: 'openid',
    acrValues: 'AAL3_ANY',
    maxAgeSeconds: undefined,
  }
  const answer = await fetch(await provider.buildAuthorizationUrl({ ...request, prompt: 'login' }), {
    redirect: 'manual',
  })
  const query = new URL(answer.headers.get('location') ?? '').search.slice(1)
  const expected = { redirectUri: REDIRECT_URI, aal: 3, maxAuthAgeSeconds: 300 } as const
  const ours = await provider.redeemCallback(query, secrets, expected).then(readingOf, refusalOf)
  if (!captured()) throw new Error('the token endpoint was not asked')
  return { ours, theirs: await judge(sent()) }
}

/** Writes down what the provider sends. */
function capture(nonce: string): { sent: () => Sent; captured: () => boolean } {
  let idToken = ''
  let accessToken = ''
  const { tokenResponse, userInfoClaims } = op.script
  op.script.tokenResponse = (honest) => {
    idToken = String(honest.id_token)
    accessToken = String(honest.access_token)
    return tokenResponse(honest)
  }
  // As it would be sent, were it asked for.
  const userInfo: unknown = JSON.parse(JSON.stringify(userInfoClaims({ sub: op.person.sub, ...op.person.userInfo })))
  return {
    captured: () => idToken !== '',
    sent: () => ({
      idToken,
      accessToken,
      userInfo,
      userInfoIsSigned: op.signsUserInfo,
      keys: op.keys.map(({ publicJwk }) => publicJwk),
      issuer: op.issuer,
      clientId: op.clientId,
      nonce,
      now: op.seconds(),
    }),
  }
}

function readingOf({ user, sid }: VerifiedSignIn): Reading {
  const { displayName, title, givenName, middleNames, familyName, initials, professionalIds: ids } = user
  return {
    sub: user.sub,
    sid,
    aal: user.aal,
    identity: user.identityAssuranceLevel,
    acr: user.acr,
    amr: user.amr,
    name: user.name,
    email: user.email,
    texts: [
      ...[displayName, title, givenName, middleNames, familyName, initials],
      ...[ids.gmc, ids.gmp, ids.nmc, ids.gphc, ids.gdc, ids.gdp, ids.rcn, ids.consultant],
    ],
    organisations: user.organisations.map(({ code, name }) => [code, name]),
    roles: user.roles.map(({ id }) => id),
    selected: user.selectedRole?.id,
  }
}

/** Only a typed refusal is one: whatever else happens is a bug. */
function refusalOf(error: unknown): undefined {
  if (!isCis2Error(error) || error.code !== 'CIS2_SIGN_IN_REFUSED') throw error
}

/** Every change of one claim; the names of those on which the two judgements differ. */
async function disagreements(apply: (change: Change) => void): Promise<string[]> {
  const differing: string[] = []
  for (const [name, change] of Object.entries(CHANGES)) {
    op.reset()
    op.person = PERSON
    apply(change)
    const { ours, theirs } = await signIn()
    cases += 1
    if (ours === undefined) refused += 1
    else accepted += 1
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      differing.push(`${name}: ${show(ours)} against ${show(theirs)}`)
  }
  return differing
}

function show(reading: Reading | undefined): string {
  return reading === undefined ? 'refused' : JSON.stringify(reading).slice(0, 600)
}

describe('HOP-42 our judgement and the independent one', () => {
  it('agree on an honest sign-in, and on one by a stranger', async () => {
    op.script.idTokenClaims = (claims) => ({ ...claims, ...MORE_ID_TOKEN_CLAIMS })
    const honest = await signIn()
    expect(honest.ours).toMatchObject({ sub: PERSON.sub, selected: '555098765432', roles: ['555098765432'] })
    expect(honest.theirs).toEqual(honest.ours)
    op.reset()
    op.script.idToken = (token) => `${token.slice(0, -8)}AAAAAAAA`
    expect(await signIn()).toEqual({ ours: undefined, theirs: undefined })
  })

  it.each(ID_TOKEN_CLAIMS)('agree on every change of %s in the ID token', async (claim) => {
    const differing = await disagreements((change) => {
      op.script.idTokenClaims = (claims) => changed({ ...claims, ...MORE_ID_TOKEN_CLAIMS }, claim, change)
    })
    expect(differing).toEqual([])
  })

  describe.each([
    ['JSON', false],
    ['a signed token', true],
  ])('with UserInfo as %s', (_kind, isSigned) => {
    it.each(USER_INFO_CLAIMS)('agree on every change of %s', async (claim) => {
      const differing = await disagreements((change) => {
        op.signsUserInfo = isSigned
        op.script.userInfoClaims = (claims) => changed(claims, claim, change)
      })
      expect(differing).toEqual([])
    })

    it.each(MEMBERS)('agree on every change in %s of %s', async (list, member) => {
      const differing = await disagreements((change) => {
        op.signsUserInfo = isSigned
        op.script.userInfoClaims = (claims) => ({ ...claims, [list]: [changed(firstOf(list), member, change)] })
      })
      expect(differing).toEqual([])
    })
  })

  it(`were asked at least ${LEAST_CASES} times, and said yes and no often`, () => {
    expect(cases).toBeGreaterThanOrEqual(LEAST_CASES)
    expect(Math.min(accepted, refused)).toBeGreaterThan(LEAST_CASES / 10)
  })
})
