import { inspect } from 'node:util'

import type { NhsApiConfig } from '../../../src/options/cis2-config.js'
import { configOf, ec, options, problemsOf, REDIS, rsa, SECRET, type Anything } from './support.js'

const ISSUER = 'https://cis2.example/realm'
const ENDPOINT = 'https://apis.example/oauth2/token'
const NOW = Date.UTC(2026, 10, 25)

function nhsApi(changes: Anything = {}): Anything {
  return { apiKey: 'key-of-the-clinic', apiSecret: 'secret-of-the-clinic', keys: [key()], ...changes }
}

function key(changes: Anything = {}): Anything {
  return { privateKey: rsa.privateKey, kid: 'clinic-1', ...changes }
}

function parsed(changes: Anything = {}, around: Anything = {}): NhsApiConfig {
  const config = configOf(options({ nhsApi: nhsApi(changes), clock: () => NOW, ...around })).nhsApi
  if (config === undefined) throw new Error('no nhsApi')
  return config
}

const problems = (changes: Anything, around: Anything = {}) =>
  problemsOf(options({ nhsApi: nhsApi(changes), clock: () => NOW, ...around }))

const ownIssuer: Anything = { environment: undefined, issuer: ISSUER }

describe('nhsApi', () => {
  it('is left out, and then there is none', () => {
    expect(configOf(options()).nhsApi).toBeUndefined()
  })

  it('is complete after parsing', () => {
    const { keys, ...rest } = parsed()
    expect(rest).toEqual({
      tokenEndpoint: 'https://int.api.service.nhs.uk/oauth2/token',
      origin: 'https://int.api.service.nhs.uk',
      apiKey: 'key-of-the-clinic',
      apiSecret: 'secret-of-the-clinic',
      exchange: 'first-use',
      timeoutSeconds: 15,
    })
    expect(keys.map(({ kid, alg }) => ({ kid, alg }))).toEqual([{ kid: 'clinic-1', alg: 'RS512' }])
    expect(Object.isFrozen(parsed())).toBe(true)
  })

  it.each([
    { cis2: 'live', address: 'https://api.service.nhs.uk/oauth2/token' },
    { cis2: 'int', address: 'https://int.api.service.nhs.uk/oauth2/token' },
    { cis2: 'mock', address: 'https://int.api.service.nhs.uk/oauth2-mock/token' },
  ])('goes by itself with the CIS2 environment $cis2', ({ cis2, address }) => {
    expect(parsed({}, { environment: cis2 }).tokenEndpoint).toBe(address)
  })

  it.each(['dev', 'ref', 'dep', 'int'])('may be %s with the CIS2 environment int', (environment) => {
    expect(parsed({ environment }).origin).toBe(`https://${environment}.api.service.nhs.uk`)
  })

  it.each([
    ['live', 'int'],
    ['live', 'mock'],
    ['int', 'live'],
    ['int', 'mock'],
    ['mock', 'int'],
    ['mock', 'live'],
  ])('refuses a pair that cannot work: %s and %s', (environment, platform) => {
    expect(problems({ environment: platform }, { environment })).toEqual([
      `nhsApi.environment "${platform}" takes no ID tokens of the CIS2 environment "${environment}"`,
    ])
  })

  it('knows a live issuer that is written out, and a token endpoint likewise', () => {
    const live = { environment: undefined, issuer: configOf(options({ environment: 'live' })).issuer }
    expect(parsed({ environment: 'live' }, live).origin).toBe('https://api.service.nhs.uk')
    expect(parsed({}, live).origin).toBe('https://api.service.nhs.uk')
    expect(problems({ tokenEndpoint: 'https://int.api.service.nhs.uk/oauth2/token' }, live)).toHaveLength(1)
  })

  it('takes a token endpoint with an issuer of one’s own, and wants one', () => {
    expect(parsed({ tokenEndpoint: ENDPOINT }, ownIssuer)).toMatchObject({
      tokenEndpoint: ENDPOINT,
      origin: 'https://apis.example',
    })
    expect(problems({}, ownIssuer)).toEqual([
      'nhsApi.tokenEndpoint is missing: with the option issuer it has no default',
    ])
    expect(problems({ environment: 'int' }, ownIssuer)).toHaveLength(1)
  })

  it.each([
    ['http://apis.example/oauth2/token', ownIssuer],
    ['https://user:pass@apis.example/token', ownIssuer],
    ['https://apis.example/oauth2/token?x=1', ownIssuer],
    ['https://apis.example/a/../token', ownIssuer],
    ['/oauth2/token', ownIssuer],
    [ENDPOINT, { environment: 'int' }],
  ])('refuses the token endpoint %s', (tokenEndpoint, around) => {
    expect(problems({ tokenEndpoint }, around)).toEqual([expect.stringMatching(/^nhsApi\.tokenEndpoint /)])
  })

  it('takes http on loopback, for a simulator', () => {
    expect(parsed({ tokenEndpoint: 'http://127.0.0.1:9000/oauth2/token' }, ownIssuer).origin).toBe(
      'http://127.0.0.1:9000',
    )
  })

  it('takes an environment or a token endpoint, not both', () => {
    expect(problems({ environment: 'int', tokenEndpoint: ENDPOINT }, ownIssuer)).toEqual([
      'nhsApi.environment and nhsApi.tokenEndpoint must not both be given',
    ])
  })

  it.each([
    { changes: { apiKey: undefined }, field: 'nhsApi.apiKey' },
    { changes: { apiKey: '' }, field: 'nhsApi.apiKey' },
    { changes: { apiKey: 'two words' }, field: 'nhsApi.apiKey' },
    { changes: { apiSecret: '' }, field: 'nhsApi.apiSecret' },
    { changes: { apiSecret: 7 }, field: 'nhsApi.apiSecret' },
    { changes: { environment: 'prod' }, field: 'nhsApi.environment' },
    { changes: { exchange: 'always' }, field: 'nhsApi.exchange' },
    { changes: { timeoutSeconds: 0 }, field: 'nhsApi.timeoutSeconds' },
    { changes: { timeoutSeconds: 61 }, field: 'nhsApi.timeoutSeconds' },
    { changes: { keys: undefined }, field: 'nhsApi.keys' },
    { changes: { keys: [] }, field: 'nhsApi.keys' },
    { changes: { keys: [key({ kid: undefined })] }, field: 'nhsApi.keys[0].kid' },
    { changes: { keys: [key({ alg: 'RS256' })] }, field: 'nhsApi.keys[0].alg' },
    { changes: { keys: [key({ privateKey: ec.privateKey, alg: 'ES256' })] }, field: 'nhsApi.keys[0].alg' },
    { changes: { keys: [key(), key()] }, field: 'nhsApi.keys' },
    { changes: { keys: [key({ notBefore: new Date(NOW + 1) })] }, field: 'nhsApi.keys' },
    { changes: { apikey: 'x' }, field: '"nhsApi.apikey"' },
  ])('names $field when it is wrong', ({ changes, field }) => {
    expect(problems(changes)).toEqual([expect.stringContaining(`${field} `)])
  })

  it('refuses what is no object', () => {
    expect(problemsOf(options({ nhsApi: 'yes' }))).toEqual(['nhsApi must be an object'])
  })

  it('does without a secret, which then refreshes nothing', () => {
    expect(parsed({ apiSecret: undefined }).apiSecret).toBeUndefined()
  })

  it('takes the kid of a JWK, and a key that is elsewhere', () => {
    const jwk = { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'in-the-jwk' }
    const remote = {
      publicKey: rsa.publicKey,
      kid: 'in-the-hsm',
      alg: 'RS512',
      sign: () => Promise.resolve(Buffer.of(1)),
    }
    expect(parsed({ keys: [{ privateKey: jwk }, remote] }).keys.map(({ kid }) => kid)).toEqual([
      'in-the-jwk',
      'in-the-hsm',
    ])
  })

  it('never takes the keys for CIS2', () => {
    const clientAuthentication = { method: 'private_key_jwt', keys: [key()] }
    expect(problems({ keys: undefined }, { clientAuthentication })).toEqual([expect.stringMatching(/^nhsApi\.keys /)])
  })

  it('does not let sessions be sealed with a secret that the platform knows', () => {
    expect(problems({ apiSecret: SECRET }, { session: { secret: SECRET, redis: REDIS } })).toEqual([
      'session.secret must not be nhsApi.apiSecret: the API platform knows that one',
    ])
  })

  it('shows neither key nor secret when it is printed', () => {
    const shown = inspect(parsed(), { depth: 9, showHidden: true }) + JSON.stringify(parsed())
    expect(shown).not.toMatch(/(key|secret)-of-the-clinic/)
  })
})
