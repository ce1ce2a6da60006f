import { ENVIRONMENTS } from '../../../src/cis2/environments.js'
import type { Cis2Options } from '../../../src/options/cis2-options.js'
import { without } from '../../support/without.js'
import { configOf, options, optionsWithSession, problemsOf, type Anything } from './support.js'

const MISSING = 'is missing or empty; is its environment variable set?'

describe('parseOptions', () => {
  it('fills in the default of every option that is left out', () => {
    const { session, clientAuthentication, ...config } = configOf(options())
    expect(config).toEqual({
      issuer: ENVIRONMENTS.int.issuer,
      idTokenAlgorithms: ['RS256'],
      clientId: 'clinic',
      baseUrl: { origin: 'https://clinic.example.nhs.uk', path: '', secure: true },
      aal: 3,
      acrValues: { 1: 'AAL1_USERPASS', 2: 'AAL2_OR_AAL3_ANY', 3: 'AAL3_ANY' },
      identityAssuranceLevel: 3,
      scopes: 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole',
      prompt: 'login',
      maxAuthAgeSeconds: 300,
      pkce: true,
      userInfo: 'any',
      routes: {
        login: '/login',
        callback: '/callback',
        logout: '/logout',
        changeRole: '/change-role',
        backChannelLogout: '/backchannel-logout',
        jwks: '/.well-known/jwks.json',
        session: '/session',
      },
      defaultReturnPath: '/',
      postLogoutPath: '/',
      idpLogout: false,
      allowedEndpointOrigins: [],
      logoutTokenType: 'any',
      errors: 'respond',
      onEvent: undefined,
      fetch: globalThis.fetch,
      timeoutSeconds: 5,
      clockToleranceSeconds: 30,
      clock: expect.any(Function) as () => number,
    })
    expect(session).toMatchObject({
      idleTimeoutSeconds: 900,
      absoluteTimeoutSeconds: 43_200,
      onePerUser: false,
      confirmReplicas: 'prefer',
    })
    expect(clientAuthentication.method).toBe('client_secret_post')
    expect(config.clock()).toBeCloseTo(Date.now(), -3)
  })

  it.each<{ changes: Partial<Cis2Options> }>([
    { changes: { aal: 2 } },
    { changes: { aal: 1 } },
    { changes: { identityAssuranceLevel: 0 } },
    { changes: { scopes: 'openid' } },
    { changes: { prompt: false } },
    { changes: { maxAuthAgeSeconds: 60 } },
    { changes: { maxAuthAgeSeconds: 43_200 } },
    { changes: { pkce: false } },
    { changes: { userInfo: 'signed' } },
    { changes: { defaultReturnPath: '/wards?open=1#list' } },
    { changes: { postLogoutPath: '/bye' } },
    { changes: { idpLogout: true } },
    { changes: { logoutTokenType: 'logout+jwt' } },
    { changes: { errors: 'next' } },
    { changes: { onEvent: () => {} } },
    { changes: { fetch: () => Promise.reject(new Error()) } },
    { changes: { timeoutSeconds: 1 } },
    { changes: { timeoutSeconds: 60 } },
    { changes: { clockToleranceSeconds: 0 } },
    { changes: { clockToleranceSeconds: 300 } },
    { changes: { clock: () => 0 } },
  ])('takes $changes as it is', ({ changes }) => {
    expect(configOf(options(changes))).toMatchObject(changes)
  })

  it.each([undefined, null, 7, 'options', [], () => ({})])(
    'refuses %p, which is no object of options (CFG-9)',
    (value) => {
      expect(problemsOf(value)).toEqual(['The options must be an object'])
    },
  )

  it('reports every problem in one error, each beginning with its field', () => {
    const problems = problemsOf({
      environment: 'prod',
      clientId: '',
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: undefined }] },
      baseUrl: 'clinic.example.nhs.uk',
      pkce: 'yes',
      acrValues: { 3: 'AAL2_ANY' },
      routes: { login: 'login' },
      session: { secret: 'short', redis: undefined, idleTimeoutSeconds: 901 },
      tiemoutSeconds: 5,
    })
    const fields = [
      ...['environment', 'clientId', 'clientAuthentication.keys[0].privateKey', 'baseUrl', 'pkce', 'acrValues.3'],
      ...['routes.login', 'session.secret', 'session.redis', 'session.idleTimeoutSeconds', '"tiemoutSeconds"'],
    ]
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(fields.sort())
  })

  it('NET-19 says the same of NODE_ENV and the options themselves: all in one go', () => {
    const env = { NODE_ENV: 'production', NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    const problems = problemsOf(options({ clientId: undefined }), env)
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('NODE_TLS_REJECT_UNAUTHORIZED')
  })

  it.each([{ NODE_ENV: 'production', NODE_TLS_REJECT_UNAUTHORIZED: '1' }, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }])(
    'does not mind %p',
    (env) => {
      expect(configOf(options(), env as Record<string, string>).clientId).toBe('clinic')
    },
  )

  it.each(['clientId', 'baseUrl'])('says of a missing and of an empty %s that its variable may not be set', (name) => {
    const problem = [`${name} ${MISSING}`]
    expect(problemsOf(options({ [name]: undefined }))).toEqual(problem)
    expect(problemsOf(options({ [name]: '' }))).toEqual(problem)
    expect(problemsOf(without(options(), name))).toEqual(problem)
  })

  it.each([
    { written: 'acrValue', meant: 'acrValues' },
    { written: 'clientID', meant: 'clientId' },
    { written: 'baseURL', meant: 'baseUrl' },
    { written: 'max_auth_age_seconds', meant: 'maxAuthAgeSeconds' },
    { written: 'scope', meant: 'scopes' },
  ])('refuses the unknown name $written, and names $meant (CFG-9)', ({ written, meant }) => {
    expect(problemsOf(options({ [written]: 'x' }))).toEqual([`"${written}" is not an option; did you mean "${meant}"?`])
  })

  it.each([
    { written: { redis: 'x' }, name: 'redis', meant: 'session.redis' },
    { written: { redis_url: 'x' }, name: 'redis_url', meant: 'session.redis' },
    { written: { secret: 'x' }, name: 'secret', meant: 'session.secret' },
    { written: { clientSecret: 'x' }, name: 'clientSecret', meant: 'clientAuthentication.clientSecret' },
    { written: { client_secret: 'x' }, name: 'client_secret', meant: 'clientAuthentication.clientSecret' },
    { written: { privateKey: 'x' }, name: 'privateKey', meant: 'clientAuthentication.keys[0].privateKey' },
    { written: { maxAge: 1 }, name: 'maxAge', meant: 'session.idleTimeoutSeconds' },
    { written: { backChannelLogout: '/x' }, name: 'backChannelLogout', meant: 'routes.backChannelLogout' },
    { written: { apiKey: 'x' }, name: 'apiKey', meant: 'nhsApi.apiKey' },
    { written: { routes: { onEvent: 1 } }, name: 'routes.onEvent', meant: 'onEvent' },
  ])('names the place of an option that stands elsewhere: $name is $meant', ({ written, name, meant }) => {
    expect(problemsOf(options(written))).toEqual([`"${name}" is not an option; did you mean "${meant}"?`])
  })

  it('names the place of what express-session calls otherwise, inside session too', () => {
    expect(problemsOf(optionsWithSession({ maxAge: 1, clientId: 'x', maxage: 1, redi: 1 }))).toEqual([
      '"session.maxAge" is not an option; did you mean "session.idleTimeoutSeconds"?',
      '"session.clientId" is not an option; did you mean "clientId"?',
      '"session.maxage" is not an option; did you mean "session.idleTimeoutSeconds"?',
      '"session.redi" is not an option; did you mean "redis"?',
    ])
  })

  it('refuses an unknown name that is set to undefined', () => {
    expect(problemsOf(options({ prompts: undefined }))).toHaveLength(1)
  })

  it('shows no more than the beginning of a long unknown name', () => {
    const [problem = ''] = problemsOf(options({ ['x'.repeat(10_000)]: 1 }))
    expect(problem.length).toBeLessThan(200)
  })

  it.each<{ name: keyof Cis2Options; wrong: unknown[] }>([
    { name: 'environment', wrong: ['prod', 'LIVE', 1, null] },
    { name: 'issuer', wrong: [1, null] },
    { name: 'clientId', wrong: [1, null, ' clinic', 'clinic\n', 'two words', 'clíníc'] },
    { name: 'aal', wrong: [0, 4, '3', null, Number.NaN] },
    { name: 'acrValues', wrong: ['AAL3_ANY', null, [], { 4: 'AAL3_ANY' }, { 3: 3 }, { 3: '' }, { 2: 'a  b' }] },
    { name: 'identityAssuranceLevel', wrong: [-1, 4, '3', null] },
    {
      name: 'scopes',
      wrong: ['', 'profile', 'openid  profile', ' openid', 'openid openid', ['openid'], 'openid "x"', null],
    },
    { name: 'prompt', wrong: ['none', 'consent', true, null] },
    { name: 'maxAuthAgeSeconds', wrong: [0, 59, 43_201, -300, 60.5, Infinity, Number.NaN, '300', null] },
    { name: 'pkce', wrong: ['true', 1, null] },
    { name: 'userInfo', wrong: ['json', true, null] },
    { name: 'routes', wrong: ['/login', null, [], { signin: '/login' }] },
    { name: 'defaultReturnPath', wrong: ['', 'home', 7, null] },
    { name: 'postLogoutPath', wrong: ['https://elsewhere.example/', '//elsewhere.example', null] },
    { name: 'idpLogout', wrong: ['false', 0, null] },
    {
      name: 'allowedEndpointOrigins',
      wrong: ['https://a.example', [7], ['a.example'], ['https://a.example/path'], null],
    },
    { name: 'logoutTokenType', wrong: ['JWT', null] },
    { name: 'errors', wrong: ['throw', null] },
    { name: 'onEvent', wrong: ['log', {}, null] },
    { name: 'onSignIn', wrong: ['findUser', {}, null] },
    { name: 'fetch', wrong: ['fetch', {}, null] },
    { name: 'timeoutSeconds', wrong: [0, -1, 61, Infinity, Number.NaN, '5', 1.5, null] },
    { name: 'clockToleranceSeconds', wrong: [-1, 301, Infinity, Number.NaN, '30', null] },
    { name: 'clock', wrong: [0, new Date(), null] },
    { name: 'session', wrong: ['secret', null, []] },
    { name: 'clientAuthentication', wrong: ['private_key_jwt', null, []] },
  ])('refuses wrong values of $name (CFG-7, CFG-8, CFG-9)', ({ name, wrong }) => {
    for (const value of wrong) {
      const changed: Anything = name === 'issuer' ? without(options(), 'environment') : options()
      const problems = problemsOf({ ...changed, [name]: value })
      expect(new Set(problems.map((problem) => problem.replace(/^"/, '').slice(0, name.length)))).toEqual(
        new Set([name]),
      )
    }
  })

  it('has a rule for every option that TypeScript knows (CFG-9)', () => {
    // The compiler refuses this table when an option is missing from it.
    const names: Record<keyof Cis2Options, true> = {
      ...{ environment: true, issuer: true, clientId: true, clientAuthentication: true, baseUrl: true, aal: true },
      ...{ acrValues: true, identityAssuranceLevel: true, scopes: true, prompt: true, maxAuthAgeSeconds: true },
      ...{ pkce: true, userInfo: true, routes: true, defaultReturnPath: true, postLogoutPath: true, idpLogout: true },
      ...{
        session: true,
        allowedEndpointOrigins: true,
        logoutTokenType: true,
        errors: true,
        nhsApi: true,
        onSignIn: true,
        onEvent: true,
      },
      ...{ fetch: true, timeoutSeconds: true, clockToleranceSeconds: true, clock: true },
    }
    const odd = Symbol('of no type that an option has')
    for (const name of Object.keys(names)) {
      expect(problemsOf(options({ [name]: odd })).join()).toContain(name)
    }
  })

  it('does not read what an object inherits, and passes over __proto__ (CFG-14)', () => {
    const inherited = Object.assign(Object.create({ aal: 1, prompt: false }) as object, options())
    expect(configOf(inherited)).toMatchObject({ aal: 3, prompt: 'login' })
    const fromJson: unknown = JSON.parse(JSON.stringify(options()).replace('{', '{"__proto__":{"aal":1},'))
    expect(configOf(fromJson).aal).toBe(3)
    expect(({} as { aal?: unknown }).aal).toBeUndefined()
  })

  it('reads options without a prototype', () => {
    expect(configOf(Object.assign(Object.create(null) as object, options())).clientId).toBe('clinic')
  })

  it('takes undefined for an option that was left out', () => {
    const names = [
      'issuer',
      'aal',
      'acrValues',
      'routes',
      'prompt',
      'onEvent',
      'fetch',
      'clock',
      'allowedEndpointOrigins',
    ]
    const written = options(Object.fromEntries(names.map((name) => [name, undefined])))
    expect(configOf(written)).toMatchObject({ aal: 3, prompt: 'login', onEvent: undefined, allowedEndpointOrigins: [] })
  })

  it('reads NODE_ENV of the process unless it is handed another environment', () => {
    // Jest runs with NODE_ENV "test".
    const memory = { ...optionsWithSession({ redis: 'memory' }), baseUrl: 'http://localhost:3000' }
    expect(configOf(memory).session.redis).toBe('memory')
    expect(problemsOf(memory, { NODE_ENV: 'production' })).toHaveLength(1)
  })
})

describe('environment and issuer', () => {
  const ISSUER = 'https://cis2.example:443/openam/oauth2/realms/root'
  const withIssuer = (issuer: unknown, changes: Anything = {}) =>
    options({ environment: undefined, issuer, ...changes })

  it.each(['live', 'int', 'dep', 'mock'] as const)('takes the issuer of %s, port included', (environment) => {
    expect(configOf(options({ environment }))).toMatchObject(ENVIRONMENTS[environment])
  })

  it('accepts RS512 besides RS256 from the mock environment only', () => {
    expect(configOf(options({ environment: 'mock' })).idTokenAlgorithms).toEqual(['RS256', 'RS512'])
    expect(configOf(withIssuer(ENVIRONMENTS.mock.issuer)).idTokenAlgorithms).toEqual(['RS256', 'RS512'])
    expect(configOf(withIssuer(ISSUER)).idTokenAlgorithms).toEqual(['RS256'])
  })

  it.each([
    ISSUER,
    ISSUER.replace(':443', ''),
    `${ISSUER}/`,
    'http://localhost:9000/a',
    'http://127.0.0.1',
    'http://[::1]:1',
  ])('keeps the text of the issuer %s', (issuer) => {
    expect(configOf(withIssuer(issuer)).issuer).toBe(issuer)
  })

  it('needs exactly one of the two', () => {
    expect(problemsOf(options({ environment: undefined }))).toEqual([
      'environment or issuer is missing: exactly one must be given',
    ])
    expect(problemsOf(options({ issuer: ISSUER }))).toEqual(['environment and issuer must not both be given'])
    expect(problemsOf(withIssuer(''))).toEqual([`issuer ${MISSING}`])
  })

  it.each([
    { what: 'live by name', changes: { environment: 'live' } },
    { what: 'the live issuer', changes: { environment: undefined, issuer: ENVIRONMENTS.live.issuer } },
    {
      what: 'the live issuer without :443',
      changes: { environment: undefined, issuer: ENVIRONMENTS.live.issuer.replace(':443', '') },
    },
    {
      what: 'the live issuer in capitals',
      changes: { environment: undefined, issuer: ENVIRONMENTS.live.issuer.replace('am.nhs', 'AM.NHS') },
    },
  ])('refuses AAL1 in the live environment: $what', ({ changes }) => {
    expect(problemsOf(options({ ...changes, aal: 1 }))).toEqual(['aal must not be 1 in the live environment'])
  })
})

describe('acrValues', () => {
  it('replaces the text of the level that is given, and keeps the others', () => {
    expect(configOf(options({ acrValues: { 3: 'AAL3_FIDO2' } })).acrValues).toEqual({
      1: 'AAL1_USERPASS',
      2: 'AAL2_OR_AAL3_ANY',
      3: 'AAL3_FIDO2',
    })
  })

  it('takes a value that it does not know: what comes back is judged by level', () => {
    expect(configOf(options({ acrValues: { 2: 'AAL9_NEW AAL2_TOTP' } })).acrValues[2]).toBe('AAL9_NEW AAL2_TOTP')
  })

  it.each([
    { acrValues: { 3: 'AAL2_TOTP' }, problem: 'acrValues.3 names AAL2_TOTP, which cannot reach AAL3' },
    { acrValues: { 3: 'AAL3_ANY AAL2_ANY' }, problem: 'acrValues.3 names AAL2_ANY, which cannot reach AAL3' },
    { acrValues: { 2: 'AAL1_USERPASS' }, problem: 'acrValues.2 names AAL1_USERPASS, which cannot reach AAL2' },
  ])('refuses $acrValues, which cannot reach its level', ({ acrValues, problem }) => {
    expect(problemsOf(options({ acrValues }))).toEqual([problem])
  })
})
