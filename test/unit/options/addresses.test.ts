import { configOf, options, problemsOf } from './support.js'

describe('baseUrl', () => {
  it.each([
    { baseUrl: 'https://clinic.example.nhs.uk', origin: 'https://clinic.example.nhs.uk', path: '', secure: true },
    { baseUrl: 'https://clinic.example.nhs.uk/', origin: 'https://clinic.example.nhs.uk', path: '', secure: true },
    { baseUrl: 'https://NHS.example:8443/app/v1/', origin: 'https://nhs.example:8443', path: '/app/v1', secure: true },
    { baseUrl: 'https://clinic.example:443', origin: 'https://clinic.example', path: '', secure: true },
    { baseUrl: 'http://localhost:3000', origin: 'http://localhost:3000', path: '', secure: false },
    { baseUrl: 'http://127.0.0.1:3000/a', origin: 'http://127.0.0.1:3000', path: '/a', secure: false },
    { baseUrl: 'http://[::1]:3000', origin: 'http://[::1]:3000', path: '', secure: false },
  ])('takes $baseUrl apart', ({ baseUrl, ...parts }) => {
    expect(configOf(options({ baseUrl })).baseUrl).toEqual(parts)
  })

  it.each([
    { baseUrl: 'http://clinic.example.nhs.uk', because: 'must use https' },
    { baseUrl: 'http://127.0.0.1.example', because: 'must use https' },
    { baseUrl: 'http://localhost.example', because: 'must use https' },
    { baseUrl: 'clinic.example.nhs.uk', because: 'must be an absolute URL' },
    { baseUrl: '//clinic.example.nhs.uk', because: 'must be an absolute URL' },
    { baseUrl: 'ftp://clinic.example.nhs.uk', because: 'must begin with https://' },
    { baseUrl: 'javascript:alert(1)', because: 'must begin with https://' },
    { baseUrl: 'https:clinic.example.nhs.uk', because: 'without spaces and backslashes' },
    { baseUrl: 'https:///clinic.example.nhs.uk', because: 'without spaces and backslashes' },
    { baseUrl: 'https:\\\\clinic.example.nhs.uk', because: 'without spaces and backslashes' },
    { baseUrl: 'https://clinic.example.nhs.uk\\@evil.example', because: 'without spaces and backslashes' },
    { baseUrl: 'https://clinic.example.nhs.uk/a b', because: 'without spaces and backslashes' },
    { baseUrl: ' https://clinic.example.nhs.uk', because: 'begins or ends with white space' },
    { baseUrl: 'https://user:secret@clinic.example.nhs.uk', because: 'must not contain credentials' },
    { baseUrl: 'https://user@clinic.example.nhs.uk', because: 'must not contain credentials' },
    { baseUrl: 'https://clinic.example.nhs.uk/?a=1', because: 'query or a fragment' },
    { baseUrl: 'https://clinic.example.nhs.uk/#', because: 'query or a fragment' },
    { baseUrl: 'https://clinic.example.nhs.uk./', because: 'ends in a dot' },
    { baseUrl: 'https://clinic.example.nhs.uk/a/../b', because: 'dot or encoded parts' },
    { baseUrl: 'https://clinic.example.nhs.uk/./a', because: 'dot or encoded parts' },
    { baseUrl: 'https://clinic.example.nhs.uk//a', because: 'dot or encoded parts' },
    { baseUrl: 'https://clinic.example.nhs.uk/%2e%2e/a', because: 'dot or encoded parts' },
    { baseUrl: 7, because: 'must be text' },
  ])('refuses $baseUrl (CFG-2)', ({ baseUrl, because }) => {
    const problems = problemsOf(options({ baseUrl }))
    expect(problems.every((problem) => problem.startsWith('baseUrl '))).toBe(true)
    expect(problems[0]).toContain(because)
    expect(problems.join()).not.toContain('secret')
  })
})

describe('issuer', () => {
  it.each([
    'http://cis2.example/realm',
    'cis2.example/realm',
    'https://user:secret@cis2.example/realm',
    'https://cis2.example/realm?x=1',
    'https://cis2.example/a/../b',
  ])('refuses %s (CFG-7)', (issuer) => {
    const problems = problemsOf(options({ environment: undefined, issuer }))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^issuer /)
  })
})

describe('allowedEndpointOrigins', () => {
  it('takes origins, in the spelling in which they are compared', () => {
    const allowedEndpointOrigins = ['https://A.example:443', 'https://b.example/', 'http://127.0.0.1:9000']
    expect(configOf(options({ allowedEndpointOrigins })).allowedEndpointOrigins).toEqual([
      'https://a.example',
      'https://b.example',
      'http://127.0.0.1:9000',
    ])
  })

  it('names the entry that is wrong', () => {
    const allowedEndpointOrigins = ['https://a.example', 'http://b.example', 'https://c.example/path', 'nowhere']
    expect(problemsOf(options({ allowedEndpointOrigins })).map((problem) => problem.split(' ')[0])).toEqual([
      'allowedEndpointOrigins[1]',
      'allowedEndpointOrigins[2]',
      'allowedEndpointOrigins[3]',
    ])
  })
})

describe('defaultReturnPath and postLogoutPath', () => {
  it.each(['/', '/wards', '/wards/', '/wards?open=1', '/wards?next=%2Fx#top', '/a-b_c.d~e/:id', '/@me'])(
    'take %s',
    (path) => {
      expect(configOf(options({ defaultReturnPath: path, postLogoutPath: path }))).toMatchObject({
        defaultReturnPath: path,
        postLogoutPath: path,
      })
    },
  )

  it.each([
    ...['', 'wards', '//evil.example', '/\\evil.example', '\\\\evil.example', 'https://evil.example', '/a b', '/a\nb'],
    ...['/a/../b', '/./a', '/a//b', '/%2e%2e/b', '/wards\u0000', '/é'],
  ])('refuse %p', (path) => {
    for (const name of ['defaultReturnPath', 'postLogoutPath']) {
      const problems = problemsOf(options({ [name]: path }))
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(new RegExp(`^${name} must be a path within this origin`))
    }
  })
})

describe('a base address and a discovery address that were copied', () => {
  it.each([
    'https://am.example/openam/oauth2/realms/root/realms/NHSIdentity/.well-known/openid-configuration',
    'https://am.example:443/openam/oauth2/realms/oidc/.well-known/openid-configuration',
  ])('takes %s for its issuer, the text otherwise as it is', (issuer) => {
    const written = { ...options(), environment: undefined, issuer }
    expect(configOf(written).issuer).toBe(issuer.replace('/.well-known/openid-configuration', ''))
  })

  it.each([
    { baseUrl: 'https://clinic.example.nhs.uk/callback', name: 'callback', at: '/callback' },
    { baseUrl: 'https://clinic.example.nhs.uk/clinic/Login/', name: 'login', at: '/login' },
    {
      baseUrl: 'https://clinic.example.nhs.uk/backchannel-logout',
      name: 'backChannelLogout',
      at: '/backchannel-logout',
    },
  ])('refuses $baseUrl, which ends in a route', ({ baseUrl, name, at }) => {
    expect(problemsOf(options({ baseUrl }))).toEqual([
      `baseUrl ends in ${at}, which is routes.${name}: leave it off, for routes are added to baseUrl`,
    ])
  })

  it('takes a base address that ends like a route that is switched off or elsewhere', () => {
    const baseUrl = 'https://clinic.example.nhs.uk/session'
    expect(configOf(options({ baseUrl, routes: { session: false } })).baseUrl.path).toBe('/session')
    expect(configOf(options({ baseUrl, routes: { session: '/signed-in' } })).baseUrl.path).toBe('/session')
    expect(configOf(options({ baseUrl: 'https://clinic.example.nhs.uk/my-login' })).baseUrl.path).toBe('/my-login')
  })
})
