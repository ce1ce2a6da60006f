/** Discovery, keys and UserInfo. */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'

import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { CLIENT, exchange, idTokenOf, lastRefusal, NURSE, type Person, signInAs } from './conversation.js'

const ISSUER = 'https://am.sim.example:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'
const EVERYTHING =
  'openid profile email nhsperson associatedorgs nationalrbacaccess professionalmemberships organisationalmemberships'

let simulator: Simulator
let now = Date.now()

beforeAll(async () => {
  simulator = await startSimulator({ issuer: ISSUER, clients: [CLIENT], clock: () => now })
})
afterAll(() => simulator.stop())
beforeEach(() => {
  simulator.clearFaults()
  simulator.addClient(CLIENT)
})

const json = async (address: string) => (await (await simulator.fetch(address)).json()) as Record<string, unknown>
const keySet = () => json(`${ISSUER}/connect/jwk_uri`) as unknown as Promise<JSONWebKeySet>

describe('the discovery document', () => {
  it('is found with and without the port, and says the port everywhere', async () => {
    const document = await json(`${ISSUER}/.well-known/openid-configuration`)
    expect(await json(`${ISSUER.replace(':443', '')}/.well-known/openid-configuration`)).toEqual(document)
    expect(document.issuer).toBe(ISSUER)
    const endpoints = Object.entries(document).filter(([name]) => name.endsWith('_endpoint') || name === 'jwks_uri')
    expect(endpoints).toHaveLength(5)
    for (const [, address] of endpoints) expect(address).toMatch(/^https:\/\/am\.sim\.example:443\/openam\//)
  })
})

describe('the key set', () => {
  it('begins with the key that signs, ends with encryption keys, and has kids with / + =', async () => {
    const { keys } = await keySet()
    const [first] = keys
    expect(first).toMatchObject({ use: 'sig', kty: 'RSA', alg: 'RS256' })
    expect(first?.kid).toMatch(/(?=.*\/)(?=.*\+).*=$/)
    expect(keys.map(({ use }) => use)).toEqual(['sig', 'sig', 'enc', 'enc'])
    expect(JSON.stringify(keys)).not.toMatch(/"(d|p|q)":/)
  })

  it('has no two keys of one kid, for clients that take the first or the last of a kid', async () => {
    await simulator.rotateKeys()
    const kids = (await keySet()).keys.map(({ kid }) => kid)
    expect(new Set(kids).size).toBe(kids.length)
    const signed = decodeProtectedHeader(await rawIdToken())
    expect(kids[0]).toBe(signed.kid)
  })

  it.each([
    { fault: 'jwks-twin-first', uses: ['enc', 'sig'] },
    { fault: 'jwks-twin-last', uses: ['sig', 'enc'] },
  ] as const)('has an encryption key under the kid of the signing one with $fault', async ({ fault, uses }) => {
    const kid = (await keySet()).keys[0]?.kid
    simulator.setFault(fault)
    const twins = (await keySet()).keys.filter((key) => key.kid === kid)
    expect(twins.map(({ use }) => use)).toEqual(uses)
    expect(new Set(twins.map(({ n }) => n)).size).toBe(2)
  })

  it('keeps the key before after one rotation, and drops it after the next', async () => {
    const kids = async () => {
      const { keys } = await keySet()
      return keys.filter(({ use, kty }) => use === 'sig' && kty === 'RSA').map(({ kid }) => kid)
    }
    const [first] = await kids()
    await simulator.rotateKeys()
    const after = await kids()
    expect(after).toHaveLength(2)
    expect(after[1]).toBe(first)
    await simulator.rotateKeys()
    expect(await kids()).not.toContain(first)
  })
})

async function userInfoOf(person: Person, scope: string): Promise<Response> {
  const { code } = await signInAs(simulator, person, { scope })
  const { body } = await exchange(simulator, code)
  return simulator.fetch(`${ISSUER}/userinfo`, { headers: { Authorization: `Bearer ${String(body.access_token)}` } })
}

describe('UserInfo', () => {
  it.each([
    { scope: 'openid', claims: ['sub'] },
    { scope: 'openid email', claims: ['email', 'sub'] },
    { scope: 'openid profile', claims: ['family_name', 'given_name', 'name', 'sub', 'uid'] },
    { scope: 'openid associatedorgs', claims: ['nhsid_user_orgs', 'sub'] },
    { scope: 'openid selectedrole', claims: ['sub'] },
  ])('has for $scope: $claims', async ({ scope, claims }) => {
    expect(Object.keys((await (await userInfoOf(NURSE, scope)).json()) as object).sort()).toEqual(claims)
  })

  it('describes a nurse as CIS2 does, quotes in role names included', async () => {
    expect(await (await userInfoOf(NURSE, EVERYTHING)).json()).toMatchObject({
      sub: NURSE.user,
      nhsid_useruid: NURSE.user,
      name: 'Okafor Ngozi Ms',
      display_name: 'Ngozi Okafor',
      idassurancelevel: '3',
      nmc_id: '99A9999E',
      nhsid_user_orgs: [{ org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }],
      nhsid_nrbac_roles: [
        {
          role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
          activity_codes: ['B0278', 'B0401'],
          workgroups_codes: ['555033334444'],
        },
      ],
      nhsid_org_memberships: [{ org_name: 'RIVERSIDE SURGERY', org_code: 'A99901' }],
    })
  })

  it.each([
    { name: 'Lena Fischer', user: '555000000115', expected: { nhsid_nrbac_roles: { role_code: 'S8000:G8000:R8001' } } },
    { name: 'Dylan Pryce-Jones', user: '555000000118', expected: { nhsid_user_orgs: null } },
  ])('of $name has the shape that the page of users promises', async ({ user, expected }) => {
    expect(await (await userInfoOf({ user }, EVERYTHING)).json()).toMatchObject(expected)
  })

  it('of Owen Mbeki has no e-mail address', async () => {
    expect(await (await userInfoOf({ user: '555000000114' }, EVERYTHING)).json()).not.toHaveProperty('email')
  })

  it('is a signed token without iss and aud for a client that is registered so', async () => {
    simulator.addClient({ ...CLIENT, userInfo: 'signed' })
    const reply = await userInfoOf(NURSE, 'openid email')
    expect(reply.headers.get('content-type')).toMatch(/^application\/jwt/)
    const { payload, protectedHeader } = await jwtVerify(await reply.text(), createLocalJWKSet(await signingKeys()))
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toEqual({ sub: NURSE.user, email: 'ngozi.okafor@example.nhs.net' })
  })

  it('takes the token from a posted form, but not from two places', async () => {
    const { code } = await signInAs(simulator)
    const token = String((await exchange(simulator, code)).body.access_token)
    const body = new URLSearchParams({ access_token: token })
    const posted = await simulator.fetch(`${ISSUER}/userinfo`, { method: 'POST', body })
    expect(posted.status).toBe(200)
    const headers = { Authorization: `Bearer ${token}` }
    const both = await simulator.fetch(`${ISSUER}/userinfo`, { method: 'POST', body, headers })
    expect(both.status).toBe(400)
    expect(lastRefusal(simulator)).toBe('an access token in the header and another in the form')
  })

  it('is refused without a token, and with one that is an hour old', async () => {
    const bare = await simulator.fetch(`${ISSUER}/userinfo`)
    expect(bare.status).toBe(401)
    expect(bare.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect(lastRefusal(simulator)).toBe('no access token was sent')
    const { code } = await signInAs(simulator)
    const headers = { Authorization: `Bearer ${String((await exchange(simulator, code)).body.access_token)}` }
    now += 3_599_000
    expect((await simulator.fetch(`${ISSUER}/userinfo`, { headers })).status).toBe(401)
    expect(lastRefusal(simulator)).toBe('the access token is unknown, expired or revoked')
    await signInAs(simulator)
  })
})

async function rawIdToken(): Promise<string> {
  const { code } = await signInAs(simulator)
  return String((await exchange(simulator, code)).body.id_token)
}

async function signingKeys(): Promise<JSONWebKeySet> {
  const { keys } = await keySet()
  return { keys: keys.filter(({ use }) => use === 'sig') }
}

describe('levels in the ID token', () => {
  it('are texts, and numbers for Femi Adeyemi', async () => {
    const texts = { authentication_assurance_level: '3', id_assurance_level: '3', idassurancelevel: '3' }
    expect(await idTokenOf(simulator)).toMatchObject(texts)
    const numbers = { authentication_assurance_level: 3, id_assurance_level: 3 }
    expect(await idTokenOf(simulator, { user: '555000000116' })).toMatchObject(numbers)
  })

  it('are lower for Kit Barlow and Tessa Quill', async () => {
    const kit = await idTokenOf(simulator, { user: '555000000112', authenticator: 'windows-hello' })
    expect(kit.id_assurance_level).toBe('2')
    const tessa = { user: '555000000113', authenticator: 'password' }
    const claims = await idTokenOf(simulator, tessa, { acr_values: 'AAL1_USERPASS' })
    expect(claims).toMatchObject({ authentication_assurance_level: '1', amr: ['pwd'], acr: 'AAL1_USERPASS' })
  })

  it('come with a selected role that is not in the list, for Ursula Kane', async () => {
    expect((await idTokenOf(simulator, { user: '555000000117' })).selected_roleid).toBe('555099999999')
  })
})
