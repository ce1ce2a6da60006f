/** The doctor asks CIS2 what it knows of a client, without a user: each spoiled form is told by its cause, the right one first. */
import { generateKeyPairSync } from 'node:crypto'

import { checkProvider } from '../../../src/cli/doctor/check-provider.js'
import { createAsk } from '../../../src/cli/doctor/ask-application.js'
import type { Finding } from '../../../src/cli/doctor/findings.js'
import { checkRegistration } from '../../../src/cli/doctor/registration/check-registration.js'
import type { Cis2Options } from '../../../src/index.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { publicJwkOf } from '../../../src/options/signing-keys.js'
import { type Simulator, type SimulatorClient, startSimulator } from '../../../src/simulator/index.js'
import { CLIENT_SECRET, fetchOf, ISSUER, SESSION_SECRET } from '../../support/commands/doctor-case.js'
import { TOKEN_IN_TEXT } from '../../support/tokens-in-text.js'

type SecretMethod = 'client_secret_post' | 'client_secret_basic' | 'client_secret_jwt'

const CLIENT_ID = '123456789012.apps.national'
const REDIRECT_URI = 'https://clinic.example.nhs.uk/callback'
const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const [ours, other] = [newKey(), newKey()]
const published = (pair: typeof ours, kid: string) => ({ ...publicJwkOf(pair.publicKey, 'RS512'), kid })
const keysOf = (...keys: [pair: typeof ours, kid: string][]): Partial<Cis2Options> => ({
  clientAuthentication: {
    method: 'private_key_jwt',
    keys: keys.map(([{ privateKey }, kid]) => ({ privateKey, kid })),
  },
})
const secretBy = (method: SecretMethod) => ({
  clientAuthentication: { method, clientSecret: CLIENT_SECRET },
})

const urlOf = (input: Parameters<typeof fetch>[0]) => new URL(input instanceof Request ? input.url : input)

describe('checkRegistration', () => {
  let simulator: Simulator

  beforeAll(async () => {
    simulator = await startSimulator({ issuer: ISSUER })
  })
  beforeEach(() => {
    register({ tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [published(ours, 'ours')] } })
  })
  afterEach(() => {
    // Whatever was spoiled: nobody was signed in, and nothing was given out.
    expect(simulator.requests.filter(({ path }) => /sign-in|userinfo/.test(path))).toEqual([])
    expect(simulator.requests.filter(({ answered }) => /[?&]code=/.test(JSON.stringify(answered)))).toEqual([])
    simulator.clearFaults()
  })
  afterAll(() => simulator.stop())

  function register(client: Pick<SimulatorClient, 'tokenEndpointAuthMethod' | 'clientSecret' | 'jwks'>): void {
    simulator.addClient({ clientId: CLIENT_ID, redirectUris: [REDIRECT_URI], ...client })
  }

  interface World {
    /** Between the doctor and CIS2. */
    readonly between?: (reach: typeof fetch) => typeof fetch
    /** The application's JWKS; undefined: it is not to be asked. */
    readonly jwks?: () => Response
  }

  async function examine(changes: Partial<Cis2Options> = {}, { between, jwks }: World = {}): Promise<Finding[]> {
    const options = {
      issuer: ISSUER,
      clientId: CLIENT_ID,
      ...keysOf([ours, 'ours']),
      baseUrl: 'https://clinic.example.nhs.uk',
      session: { secret: SESSION_SECRET, redis: 'redis://localhost' },
      fetch: between === undefined ? simulator.fetch : between(simulator.fetch),
      ...changes,
    }
    const config = parseOptions(options)
    const { metadata } = await checkProvider(config)
    if (metadata === undefined) throw new Error('no metadata')
    const ask = jwks === undefined ? undefined : createAsk(config, fetchOf({ '/jwks.json': jwks }))
    return checkRegistration(config, metadata, ask)
  }

  const clientFinding = (findings: readonly Finding[]) => {
    const found = findings.find(({ check }) => check === 'client-authentication')
    expect(found?.outcome).toBe('problem')
    return { cause: found?.cause ?? '', cure: found?.cure ?? '', others: found?.otherCauses ?? [], ...found }
  }

  it.each<[string, Partial<Cis2Options>, Partial<SimulatorClient> | undefined]>([
    ['a key', {}, undefined],
    ['a secret in the form', secretBy('client_secret_post'), { tokenEndpointAuthMethod: 'client_secret_post' }],
    ['a secret in a header', secretBy('client_secret_basic'), { tokenEndpointAuthMethod: 'client_secret_basic' }],
    ['a secret that signs', secretBy('client_secret_jwt'), { tokenEndpointAuthMethod: 'client_secret_jwt' }],
  ])('says that all is well with %s, and what that rests on', async (_what, options, client) => {
    if (client) register({ tokenEndpointAuthMethod: 'client_secret_post', clientSecret: CLIENT_SECRET, ...client })
    const findings = await examine(options)
    expect(findings.map(({ check, outcome }) => [check, outcome])).toEqual([
      ['registration', 'ok'],
      ['granted-scopes', 'ok'],
      ['client-authentication', 'ok'],
    ])
    expect(findings.map(({ restsOn }) => restsOn !== undefined)).toEqual([false, true, true])
  })

  it('asks as the application does when CIS2 takes no prompt=none, and follows nothing', async () => {
    const between =
      (reach: typeof fetch): typeof fetch =>
      async (input, init) => {
        const url = urlOf(input)
        if (url.searchParams.get('prompt') !== 'none') return reach(input, init)
        return Response.redirect(`${REDIRECT_URI}?error=invalid_request&state=x`, 302)
      }
    const [registration] = await examine({}, { between })
    expect(registration).toMatchObject({ check: 'registration', outcome: 'ok' })
  })

  describe('names first, of what is wrong with a key,', () => {
    it('that another is registered under its kid, where nothing was published', async () => {
      const { cause, restsOn } = clientFinding(await examine(keysOf([other, 'ours'])))
      expect(cause).toMatch(/knows no such key: it is not published under this kid, or another key is/)
      expect(restsOn).toMatch(/how often/)
    })

    it('that another is published under its kid', async () => {
      const jwks = () => Response.json({ keys: [published(ours, 'ours')] })
      const { cause } = clientFinding(await examine(keysOf([other, 'ours']), { jwks }))
      expect(cause).toMatch(/^Another key than the one that signs is published as "ours"/)
    })

    it('that its kid is not published', async () => {
      const jwks = () => Response.json({ keys: [published(ours, 'ours')] })
      const { cause, cure } = clientFinding(await examine(keysOf([other, 'new']), { jwks }))
      expect(cause).toMatch(/^The key that signs, "new", is not published at/)
      expect(cure).toMatch(/24 hours/)
    })

    it.each([
      ['a firewall that answers 403', () => new Response('no', { status: 403 })],
      ['a page of its own', () => new Response('<title>Blocked</title>', { headers: { 'content-type': 'text/html' } })],
      [
        'a proxy with basic authentication',
        () => new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
      ],
      ['no connection', () => Promise.reject(new TypeError('fetch failed')) as never],
    ])('that the keys cannot be read: %s', async (_what, jwks) => {
      const { cause } = clientFinding(await examine(keysOf([other, 'new']), { jwks }))
      expect(cause).toMatch(/^The keys cannot be read at .*CIS2 cannot read them either/)
    })

    it('that CIS2 has not read it yet, when it takes the one before', async () => {
      const { cause, restsOn } = clientFinding(await examine(keysOf([other, 'new'], [ours, 'ours'])))
      expect(cause).toMatch(/^CIS2 takes the key "ours", and not "new"/)
      expect(restsOn).toBeUndefined()
    })

    it('that it is as published, and CIS2 reads elsewhere', async () => {
      const jwks = () => Response.json({ keys: [published(other, 'new')] })
      const { cause } = clientFinding(await examine(keysOf([other, 'new']), { jwks }))
      expect(cause).toMatch(/reads keys from another address, or has not read them anew/)
    })

    it('that the client is registered for a secret', async () => {
      register({ tokenEndpointAuthMethod: 'client_secret_post', clientSecret: CLIENT_SECRET })
      const { cause } = clientFinding(await examine())
      expect(cause).toMatch(/registered for another method than private_key_jwt: a client secret/)
    })

    it('that the clock is behind', async () => {
      const { cause } = clientFinding(await examine({ clock: () => Date.now() - 3_600_000 }))
      expect(cause).toMatch(/clock is behind/)
    })

    it('that ":443" was lost on the way', async () => {
      const between =
        (reach: typeof fetch): typeof fetch =>
        async (input, init) => {
          const response = await reach(input, init)
          if (!urlOf(input).pathname.endsWith('/openid-configuration')) return response
          return Response.json(JSON.parse((await response.text()).replaceAll(':443', '')) as unknown)
        }
      const { cause, cure, restsOn } = clientFinding(await examine({}, { between }))
      expect(cause).toMatch(/has the address without ":443"/)
      expect(cure).toMatch(/rewrite the discovery document/)
      expect(restsOn).toBeUndefined()
    })
  })

  describe('names first, of what is wrong with a secret,', () => {
    it('that it is wrong', async () => {
      register({ tokenEndpointAuthMethod: 'client_secret_post', clientSecret: 'another-secret-of-the-client' })
      const { cause, others } = clientFinding(await examine(secretBy('client_secret_post')))
      expect(cause).toBe('The client secret is wrong.')
      expect(others.join()).toMatch(/another method/)
    })

    it.each<[used: SecretMethod, registered: SecretMethod]>([
      ['client_secret_post', 'client_secret_basic'],
      ['client_secret_basic', 'client_secret_post'],
      ['client_secret_jwt', 'client_secret_post'],
    ])('that %s is used, and %s registered', async (used, registered) => {
      register({ tokenEndpointAuthMethod: registered, clientSecret: CLIENT_SECRET })
      const { cause, cure, restsOn } = clientFinding(await examine(secretBy(used)))
      expect(cause).toBe(`This secret is registered for ${registered}.`)
      expect(cure).toContain(registered)
      expect(restsOn).toBeUndefined()
    })

    it('that a key is registered', async () => {
      const { cause } = clientFinding(await examine(secretBy('client_secret_basic')))
      expect(cause).toMatch(/registered for another method than client_secret_basic: private_key_jwt/)
    })
  })

  it.each([
    { what: 'wrong', clientId: '1234.apps.natoinal-', first: /is misspelt, or it belongs/ },
    {
      what: "another environment's",
      clientId: '999999999999.apps.national',
      first: /belongs to another environment, or/,
    },
  ])('names a client ID that is $what, and tries nothing else with it', async ({ clientId, first }) => {
    const before = simulator.requests.length
    const findings = await examine({ clientId })
    expect(findings[0]).toMatchObject({ check: 'registration', outcome: 'problem' })
    expect(clientFinding(findings).cause).toMatch(first)
    const asked = simulator.requests.slice(before).filter(({ path }) => path.endsWith('/access_token'))
    expect(asked).toHaveLength(1)
  })

  it('names a redirect address that is not registered, and proves the client all the same', async () => {
    const findings = await examine({ baseUrl: 'https://clinic.example.nhs.uk/app' })
    expect(findings).toMatchObject([
      {
        check: 'registration',
        outcome: 'problem',
        message: `https://clinic.example.nhs.uk/app/callback is not registered for ${CLIENT_ID}`,
        restsOn: expect.stringContaining('page') as string,
      },
      { check: 'client-authentication', outcome: 'ok' },
    ])
  })

  it('names the scope that is not known', async () => {
    const [, scopes] = await examine({ scopes: 'openid nationalrbacacess selectedrole' })
    expect(scopes).toMatchObject({
      check: 'granted-scopes',
      outcome: 'problem',
      message: 'CIS2 refuses nationalrbacacess (invalid_scope)',
    })
    expect(scopes?.restsOn).toBeUndefined()
  })

  describe('tells what answers in the place of CIS2:', () => {
    const instead =
      (answer: () => Response | Promise<Response>) =>
      (reach: typeof fetch): typeof fetch =>
      async (input, init) =>
        /\/(authorize|access_token)$/.test(urlOf(input).pathname) ? answer() : reach(input, init)

    it.each([
      ['a firewall that answers 403', () => new Response('no', { status: 403 }), /firewall on the way out refuses/],
      [
        'a page of its own',
        () => new Response('<title>Web Page Blocked</title>', { headers: { 'content-type': 'text/html' } }),
        /answers with a page of its own/,
      ],
      [
        'a proxy with basic authentication',
        () => new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
        /asks for a name and a password/,
      ],
      ['a proxy that wants a login', () => new Response(null, { status: 407 }), /through a proxy that asks/],
      ['no connection', () => Promise.reject(new TypeError('fetch failed')) as never, /cannot be asked/],
    ])('%s', async (_what, answer, cause) => {
      const findings = await examine({}, { between: instead(answer) })
      expect(findings[0]).toMatchObject({ check: 'registration', outcome: 'warning' })
      expect(clientFinding(findings).cause).toMatch(cause)
    })

    it('one that gives tokens to anybody', async () => {
      const findings = await examine({}, { between: instead(() => Response.json({ access_token: 'x' })) })
      expect(clientFinding(findings).cause).toMatch(/tokens to anybody/)
    })
  })

  it('prints no secret, key or assertion', async () => {
    register({ tokenEndpointAuthMethod: 'client_secret_basic', clientSecret: 'another-secret-of-the-client' })
    const text = JSON.stringify([...(await examine(secretBy('client_secret_post'))), ...(await examine())])
    expect(text).not.toContain(CLIENT_SECRET)
    expect(text).not.toMatch(TOKEN_IN_TEXT)
    expect(text).not.toContain('PRIVATE KEY')
  })

  it('says that it cannot ask without an address to come back to', async () => {
    const routes = { login: false, callback: false, changeRole: false } as const
    expect(await examine({ routes })).toMatchObject([{ check: 'registration', outcome: 'warning' }])
  })
  it('signs nobody in, even where a sign-in needs no page', async () => {
    simulator.nextSignIn({ user: 'Ngozi Okafor' })
    const [registration] = await examine()
    expect(registration).toMatchObject({ check: 'registration', outcome: 'ok' })
    const authorize = simulator.requests.findLast(({ path }) => path.endsWith('/authorize'))
    expect(authorize).toMatchObject({ refusal: 'prompt=none, but nobody is signed in to CIS2' })
  })
})
