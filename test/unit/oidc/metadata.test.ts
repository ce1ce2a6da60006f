import { isSameIssuer, wellKnownAddress } from '../../../src/oidc/endpoint-rules.js'
import { parseMetadata } from '../../../src/oidc/metadata.js'
import { thrownBy } from '../../support/thrown-by.js'

const ISSUER = 'https://am.example.test:443/realm'
const DOCUMENT = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/access_token`,
  userinfo_endpoint: `${ISSUER}/userinfo`,
  jwks_uri: `${ISSUER}/connect/jwk_uri`,
  end_session_endpoint: `${ISSUER}/connect/endSession`,
  id_token_signing_alg_values_supported: ['none'],
  version: '3.0',
}
const config = { issuer: ISSUER, allowedEndpointOrigins: ['https://login.example.test'] }

describe('parseMetadata', () => {
  it('takes what we use as it is spelt, :443 included, and nothing else', () => {
    expect(parseMetadata(DOCUMENT, config)).toEqual({
      issuer: ISSUER,
      authorizationEndpoint: `${ISSUER}/authorize`,
      tokenEndpoint: `${ISSUER}/access_token`,
      userInfoEndpoint: `${ISSUER}/userinfo`,
      jwksUri: `${ISSUER}/connect/jwk_uri`,
      endSessionEndpoint: `${ISSUER}/connect/endSession`,
      requiresIssuerInCallback: false,
    })
  })

  it('does without an end-session endpoint', () => {
    expect(parseMetadata({ ...DOCUMENT, end_session_endpoint: undefined }, config).endSessionEndpoint).toBeUndefined()
  })

  it.each([
    'https://am.example.test/realm',
    'https://am.example.test:443/realm/',
    'https://am.example.test:8443/realm',
    'https://AM.example.test:443/realm',
    'https://am.example.test:443/Realm',
    'https://am.example.test:443/other',
    'https://am.example.test.evil.test:443/realm',
    'http://am.example.test:443/realm',
    'https://user@am.example.test:443/realm',
    'https://am.example.test:443/realm?x',
    'https://am.example.test:443',
    '',
    undefined,
    null,
    7,
    [ISSUER],
  ])('NET-1 OIDF-22 OIDF-77 LG13 refuses the document of issuer %j, forgiving the port alone', (issuer) => {
    const isForgiven = issuer === 'https://am.example.test/realm'
    const parsed = () => parseMetadata({ ...DOCUMENT, issuer }, config)
    if (isForgiven) expect(parsed().issuer).toBe(issuer)
    else expect(thrownBy(parsed)).toMatchObject({ kind: 'issuer' })
  })

  const ENDPOINTS = [
    'authorization_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
    'jwks_uri',
    'end_session_endpoint',
  ] as const
  const BAD_ADDRESSES = [
    'https://evil.test/x',
    'https://am.example.test.evil.test/x',
    'https://am.example.test:8443/x',
    'http://am.example.test/x',
    'https://10.0.0.1/x',
    'https://169.254.169.254/latest',
    'https://[::1]/x',
    'file:///etc/passwd',
    'data:application/json,{}',
    'javascript:alert(1)',
    'https://user@am.example.test/x',
    'https://user:pass@am.example.test/x',
    'https://am.example.test/x#fragment',
    'https://am.example.test/x#',
    ' https://am.example.test/x',
    'https://am.example.test/x\r\nX-Evil: 1',
    'https:\\\\am.example.test\\x',
    'https://am.example.test/x y',
    'https://am.example.test/é',
    '/realm/x',
    '//am.example.test/x',
    '',
    null,
    7,
    {},
    ['https://am.example.test/x'],
  ]
  it.each(ENDPOINTS.flatMap((name) => BAD_ADDRESSES.map((address) => [name, address] as const)))(
    'NET-3 NET-4 LG14 refuses %s %j',
    (name, address) => {
      expect(thrownBy(() => parseMetadata({ ...DOCUMENT, [name]: address }, config))).toMatchObject({
        kind: 'endpoint',
        message: expect.stringContaining(name) as string,
      })
    },
  )

  it.each(['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'])('needs %s', (name) => {
    expect(thrownBy(() => parseMetadata({ ...DOCUMENT, [name]: undefined }, config))).toMatchObject({
      kind: 'endpoint',
    })
  })

  it('NET-3 takes an endpoint on an origin that the options allow', () => {
    const address = 'https://login.example.test/authorize'
    expect(parseMetadata({ ...DOCUMENT, authorization_endpoint: address }, config).authorizationEndpoint).toBe(address)
  })
})

describe('isSameIssuer', () => {
  it.each([
    ['https://a.test:443/r', 'https://a.test/r', true],
    ['https://a.test/r', 'https://a.test:443/r', true],
    ['https://a.test:443', 'https://a.test', true],
    ['https://[::1]:443/r', 'https://[::1]/r', true],
    ['https://a.test:4430/r', 'https://a.test0/r', false],
    ['http://a.test:443/r', 'http://a.test/r', false],
    ['https://a.test/r:443', 'https://a.test/r', false],
    ['https://a.test:443:443/r', 'https://a.test/r', false],
    ['https://x@a.test:443/r', 'https://x@a.test/r', false],
  ])('of %s and %s is %s', (one, other, same) => {
    expect(isSameIssuer(one, other)).toBe(same)
  })
})

describe('wellKnownAddress', () => {
  it.each([
    [ISSUER, `${ISSUER}/.well-known/openid-configuration`],
    [`${ISSUER}/`, `${ISSUER}/.well-known/openid-configuration`],
  ])('of %s is %s', (issuer, address) => {
    expect(wellKnownAddress(issuer)).toBe(address)
  })
})

describe('optional members', () => {
  it.each(['https://elsewhere.example/endSession', 'no address', 7, {}, ''])(
    'FIELD-30 takes no notice of end_session_endpoint %j while idpLogout is off',
    (end_session_endpoint) => {
      const parsed = parseMetadata({ ...DOCUMENT, end_session_endpoint }, { ...config, idpLogout: false })
      expect(parsed.endSessionEndpoint).toBeUndefined()
      const wanted = () => parseMetadata({ ...DOCUMENT, end_session_endpoint }, { ...config, idpLogout: true })
      expect(thrownBy(wanted)).toMatchObject({ kind: 'endpoint' })
    },
  )
})
