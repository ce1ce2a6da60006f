/** Registering applications while the simulator runs, in its own words and in OpenID Connect's. */
import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { authorizeAddress, CLIENT } from './conversation.js'

let simulator: Simulator

beforeEach(async () => {
  simulator = await startSimulator({ clients: [CLIENT] })
})
afterEach(() => simulator.stop())

async function post(body: unknown) {
  const reply = await fetch(`${simulator.url}/simulator/clients`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

const postForm = (fields: Record<string, string>) =>
  fetch(`${simulator.url}/simulator/clients`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })

describe('POST /simulator/clients', () => {
  it('registers an application, which can sign in at once, and keeps its secret to itself', async () => {
    const client = { ...CLIENT, clientId: 'new', clientSecret: 'brought-along' }
    const { status, body } = await post(client)
    expect(status).toBe(201)
    expect(body).toEqual({ client: { ...client, clientSecret: 'masked' } })
    const reply = await fetch(authorizeAddress(simulator, { client_id: 'new' }), { redirect: 'manual' })
    expect(reply.status).toBe(302)
    const listed = await (await fetch(`${simulator.url}/simulator/clients`)).text()
    expect(listed).toContain('"clientId":"new"')
    expect(listed).not.toContain('brought-along')
  })

  it('takes a registration in OpenID Connect’s own words', async () => {
    const { status } = await post({
      client_id: 'theirs',
      client_name: 'The clinic',
      redirect_uris: ['http://localhost:8080/login/oauth2/code/cis2'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'http://localhost:8080/jwks.json',
      userinfo_signed_response_alg: 'RS256',
      backchannel_logout_uri: 'http://localhost:8080/logout/back-channel',
      backchannel_logout_session_required: true,
      post_logout_redirect_uris: ['http://localhost:8080/'],
      initiate_login_uri: 'http://localhost:8080/oauth2/authorization/cis2',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })
    expect(status).toBe(201)
    expect(simulator.clients.at(-1)).toEqual({
      clientId: 'theirs',
      redirectUris: ['http://localhost:8080/login/oauth2/code/cis2'],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwksUri: 'http://localhost:8080/jwks.json',
      userInfo: 'signed',
      backChannelLogoutUri: 'http://localhost:8080/logout/back-channel',
      postLogoutRedirectUris: ['http://localhost:8080/'],
      initiateLoginUri: 'http://localhost:8080/oauth2/authorization/cis2',
    })
  })

  it('means client_secret_basic where a registration in those words names no method', async () => {
    await post({ client_id: 'x', client_secret: 'y', redirect_uris: ['http://localhost/cb'] })
    expect(simulator.clients.at(-1)?.tokenEndpointAuthMethod).toBe('client_secret_basic')
  })

  it.each([
    { body: {}, problems: ['clientId: is missing', 'redirectUris: is missing', /^tokenEndpointAuthMethod: must be /] },
    { body: { ...CLIENT, redirectUris: 'x' }, problems: ['redirectUris: must be a list, not a text'] },
    { body: { ...CLIENT, redirectUris: [] }, problems: ['redirectUris: must not be empty'] },
    { body: { ...CLIENT, clientId: 7 }, problems: ['clientId: must be a text, not a number'] },
    { body: { ...CLIENT, extra: 1 }, problems: ['extra: not known'] },
    {
      body: { client_id: 'x', client_secret: 'y', redirect_uris: ['http://l/'], extra: 1 },
      problems: ['extra: not known'],
    },
    { body: 'no json', problems: ['value: is missing'] },
    { body: { action: 'remove', clientId: 'x' }, problems: ['clientId: no client "x" is registered'] },
  ])('refuses $body', async ({ body, problems }) => {
    expect(await post(body)).toEqual({
      status: 400,
      body: { problems: problems.map((problem) => expect.stringMatching(problem) as unknown) },
    })
    expect(simulator.clients).toEqual([CLIENT])
  })

  it('removes one', async () => {
    expect(await post({ action: 'remove', clientId: CLIENT.clientId })).toEqual({ status: 200, body: { clients: [] } })
    expect((await fetch(authorizeAddress(simulator), { redirect: 'manual' })).status).toBe(400)
  })

  it('takes the form of the page, lists one line each', async () => {
    simulator.addClient({ ...CLIENT, apiPlatform: { apiKey: 'before', requestsPerMinute: 7 } })
    const reply = await postForm({
      clientId: CLIENT.clientId,
      redirectUris: 'http://localhost:1/a\r\nhttp://localhost:1/b',
      tokenEndpointAuthMethod: 'private_key_jwt',
      clientSecret: '',
      jwks: '{"keys":[]}',
      userInfo: 'signed',
      apiKey: 'key',
      apiScopes: 'urn:aal3:a urn:aal3:b',
    })
    expect([reply.status, reply.headers.get('location')]).toEqual([303, '/simulator/clients'])
    expect(simulator.clients).toEqual([
      {
        clientId: CLIENT.clientId,
        redirectUris: ['http://localhost:1/a', 'http://localhost:1/b'],
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwks: { keys: [] },
        userInfo: 'signed',
        apiPlatform: { requestsPerMinute: 7, apiKey: 'key', scopes: ['urn:aal3:a', 'urn:aal3:b'] },
      },
    ])
    const page = await (await fetch(`${simulator.url}/simulator/clients`, { headers: { Accept: 'text/html' } })).text()
    expect(page).toContain('urn:aal3:a\nurn:aal3:b')
  })

  it('shows the form again with what was typed, and what is wrong with it', async () => {
    const reply = await postForm({
      clientId: 'typed',
      redirectUris: 'nowhere',
      tokenEndpointAuthMethod: 'private_key_jwt',
    })
    const page = await reply.text()
    expect(reply.status).toBe(400)
    expect(page).toContain('href="#new-redirectUris"')
    expect(page).toContain('value="typed"')
  })
})

describe('GET /simulator/health', () => {
  it('says that the simulator answers', async () => {
    const reply = await fetch(`${simulator.url}/simulator/health`)
    expect([reply.status, await reply.json()]).toEqual([200, { status: 'ok', issuer: simulator.issuer }])
  })
})

describe('the overview', () => {
  it('has the options of cis2Auth for each client, to be pasted', async () => {
    simulator.addClient({
      clientId: "o'brien",
      redirectUris: ['http://localhost:3000/auth/callback'],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwksUri: 'http://localhost:3000/jwks',
    })
    const page = await (await fetch(`${simulator.url}/simulator`)).text()
    const shown = page.replaceAll('&#39;', "'").replaceAll('&#x2F;', '/')
    expect(shown).toContain(`issuer: '${simulator.issuer}',`)
    expect(shown).toContain(`clientId: 'o\\'brien',`)
    expect(shown).toContain(`routes: { callback: '/auth/callback' },`)
    expect(shown).toContain('keys: [{ privateKey: process.env.CIS2_PRIVATE_KEY }]')
  })
})
