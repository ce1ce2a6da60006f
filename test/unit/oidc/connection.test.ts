import { startFakeOp, type Answer, type FakeOp } from './fake-op.js'
import { authorizationRequest, providerFor, signIn, until, type TestProvider } from './support.js'

const UNAVAILABLE = { code: 'CIS2_PROVIDER_UNAVAILABLE', status: 503 }

let op: FakeOp
let now: number
const open: TestProvider[] = []

beforeAll(async () => {
  op = await startFakeOp()
})

afterAll(() => op.stop())

beforeEach(() => {
  op.reset()
  now = 1_790_000_000_000
  op.now = () => now
})

afterEach(() => {
  for (const provider of open.splice(0)) provider.close()
})

function create(changes: Parameters<typeof providerFor>[1] = {}): TestProvider {
  const provider = providerFor(op, { clock: () => now, ...changes })
  open.push(provider)
  return provider
}

async function isReady(provider: TestProvider): Promise<boolean> {
  return provider.ready().then(
    () => true,
    () => false,
  )
}

describe('at the start', () => {
  it('NET-13 OIDF-20 OIDF-21 two hundred sign-ins cost one discovery and one fetch of the keys', async () => {
    const provider = create()
    await Promise.all(Array.from({ length: 200 }, () => provider.buildAuthorizationUrl(authorizationRequest())))
    expect([op.count('discovery'), op.count('jwks')]).toEqual([1, 1])
    expect(provider.health()).toEqual({ status: 'ok', since: now / 1000 })
    expect(provider.events).toEqual([])
  })

  it('is down with a reason until it is ready, which nobody has to wait for', () => {
    const provider = create()
    expect(provider.health()).toEqual({ status: 'down', since: now / 1000, reason: 'starting' })
    expect(provider.issuer).toBe(op.issuer)
  })

  it('lets the first users wait for the first attempt, whatever comes of it, and later ones for nothing', async () => {
    const held: (() => void)[] = []
    let holds = true
    const holding: typeof fetch = (...call) =>
      holds
        ? new Promise((_resolve, reject) => {
            held.push(() => {
              reject(new TypeError('fetch failed'))
            })
          })
        : fetch(...call)
    const provider = create({ fetch: holding })
    let waited = false
    const waiting = provider.started().then(() => {
      waited = true
    })
    await until(() => held.length === 1)
    expect(waited).toBe(false)
    held[0]?.()
    await waiting
    expect(provider.authorizationOrigin()).toBeUndefined()
    // The attempt after it hangs, and nobody waits for that one.
    await until(() => held.length === 2)
    await provider.started()
    holds = false
    held[1]?.()
    await until(() => provider.health().status === 'ok')
    await provider.started()
    expect(provider.authorizationOrigin()).toBeDefined()
  })

  it('lets nobody wait longer than timeoutSeconds', async () => {
    op.answers.discovery = () => ({ raw: () => undefined })
    await create({ timeoutSeconds: 0.1 }).started()
  })

  const BROKEN: [string, Answer][] = [
    ['404', { status: 404 }],
    ['500', { status: 500 }],
    ['HTML', { body: '<p>', headers: { 'content-type': 'text/html' } }],
    ['bad JSON', { body: '{' }],
    ['an array', { body: '[]' }],
    ['a redirect', { status: 301, headers: { location: 'http://127.0.0.1:1/' } }],
    ['more than 512 KB', { body: `{"x":"${'x'.repeat(600_000)}"}` }],
    ['a broken connection', { raw: (response) => response.destroy() }],
  ]

  it.each(BROKEN)(
    'NET-6 discovery that answers %s is tried again by itself, and then all is well',
    async (_n, answer) => {
      op.answers.discovery = () => answer
      const provider = create()
      await expect(provider.ready()).rejects.toMatchObject(UNAVAILABLE)
      await expect(provider.buildAuthorizationUrl(authorizationRequest())).rejects.toMatchObject(UNAVAILABLE)
      expect(provider.health()).toMatchObject({
        status: 'down',
        reason: expect.stringMatching(/^discovery-/) as string,
      })
      expect(provider.events).toMatchObject([{ type: 'provider.unavailable' }])
      delete op.answers.discovery
      await until(() => provider.health().status === 'ok')
      await expect(signIn(provider, op)).resolves.toMatchObject({ user: { sub: op.sub } })
      expect(provider.events).toMatchObject([{ type: 'provider.unavailable' }, { type: 'provider.recovered' }])
    },
  )

  it('NET-6 discovery that never answers is waited for as long as timeoutSeconds', async () => {
    op.answers.discovery = () => ({ raw: () => undefined })
    const provider = create({ timeoutSeconds: 0.1 })
    await expect(provider.buildAuthorizationUrl(authorizationRequest())).rejects.toMatchObject(UNAVAILABLE)
    await expect(provider.ready()).rejects.toMatchObject(UNAVAILABLE)
    expect(provider.health().reason).toBe('discovery-timeout')
  })

  it.each<[string, Answer]>([
    ['500', { status: 500 }],
    ['an empty set', { body: { keys: [] } }],
  ])('NET-6 keys that come as %s keep sign-in closed until they are there', async (_name, answer) => {
    op.answers.jwks = () => answer
    const provider = create()
    await expect(provider.ready()).rejects.toMatchObject(UNAVAILABLE)
    expect(provider.authorizationOrigin()).toBeUndefined()
    expect(provider.health()).toMatchObject({ status: 'down', reason: expect.stringMatching(/^keys-/) as string })
    delete op.answers.jwks
    await until(() => provider.health().status === 'ok')
    expect(await isReady(provider)).toBe(true)
  })

  it('NET-1 OIDF-22 LG13 another issuer keeps sign-in closed, and ready() says why', async () => {
    op.answers.discovery = (usual) => ({ body: { ...usual, issuer: 'https://other.example' } })
    const provider = create()
    await expect(provider.ready()).rejects.toThrow(/another issuer than the configured/)
    await expect(provider.buildAuthorizationUrl(authorizationRequest())).rejects.toMatchObject(UNAVAILABLE)
    expect(op.count('jwks')).toBe(0)
    expect(provider.health().reason).toBe('discovery-issuer')
  })

  it('NET-3 LG14 an endpoint on another origin keeps sign-in closed, and is never called', async () => {
    op.answers.discovery = (usual) => ({ body: { ...usual, jwks_uri: 'http://127.0.0.1:1/jwks' } })
    const provider = create()
    await expect(provider.ready()).rejects.toThrow(/jwks_uri is on another origin/)
    expect(op.seen.map(({ path }) => path)).toEqual(['/realm/.well-known/openid-configuration'])
  })

  it('a callback before it is ready is unavailable, and its code is not sent', async () => {
    op.answers.discovery = () => ({ status: 500 })
    const provider = create()
    await isReady(provider)
    const { state, nonce, codeVerifier } = authorizationRequest()
    await expect(
      provider.redeemCallback(
        `code=c&state=${state}`,
        { state, nonce, codeVerifier },
        {
          redirectUri: 'https://clinic.example.nhs.uk/callback',
          aal: 3,
          maxAuthAgeSeconds: 300,
        },
      ),
    ).rejects.toMatchObject(UNAVAILABLE)
    expect(op.count('token')).toBe(0)
  })
})

describe('later on', () => {
  const HOUR = 3_600_000

  it('NET-5 a document that moved an endpoint to somebody else is refused: the last good one serves, with an event', async () => {
    const provider = create()
    await provider.ready()
    op.answers.discovery = (usual) => ({ body: { ...usual, token_endpoint: 'https://evil.example/token' } })
    now += HOUR
    await signIn(provider, op)
    await until(() => op.count('discovery') === 2 && provider.health().status === 'degraded')
    expect(provider.events).toEqual([{ type: 'provider.unavailable', reason: 'discovery-endpoint' }])
    await expect(signIn(provider, op)).resolves.toMatchObject({ user: { sub: op.sub } })
    expect(op.count('discovery')).toBe(2)
    delete op.answers.discovery
    now += 60_000
    await signIn(provider, op)
    await until(() => provider.health().status === 'ok')
    expect(provider.events.at(-1)).toEqual({ type: 'provider.recovered' })
  })

  it('keys that have moved are found by a new discovery', async () => {
    const provider = create()
    await provider.ready()
    const moved = `${op.origin}/realm/moved`
    op.answers.discovery = (usual) => ({ body: { ...usual, jwks_uri: moved } })
    op.answers.jwks = () => ({ status: 404 })
    now += 301_000
    await signIn(provider, op)
    await signIn(provider, op)
    await until(() => op.count('discovery') === 2)
    now += 31_000
    await signIn(provider, op)
    expect(op.seen.map(({ path }) => path)).toContain('/realm/moved')
  })

  it('a clock that was set back makes the document old', async () => {
    const provider = create()
    await provider.ready()
    now -= 2 * HOUR
    await provider.buildAuthorizationUrl(authorizationRequest())
    await until(() => op.count('discovery') === 2)
    await provider.buildAuthorizationUrl(authorizationRequest())
    expect(op.count('discovery')).toBe(2)
  })

  it('one refresh is under way at a time', async () => {
    const provider = create()
    await provider.ready()
    now += HOUR
    await Promise.all(Array.from({ length: 20 }, () => provider.buildAuthorizationUrl(authorizationRequest())))
    await until(() => op.count('discovery') === 2)
    expect(op.count('discovery')).toBe(2)
  })

  it('NET-7 nothing is fetched while nobody signs in', async () => {
    const provider = create()
    await provider.ready()
    now += 24 * HOUR
    expect(provider.health().status).toBe('ok')
    expect(provider.issuer).toBe(op.issuer)
    expect([op.count('discovery'), op.count('jwks')]).toEqual([1, 1])
  })
})

describe('close', () => {
  it('ends calls in flight and tries no more', async () => {
    op.answers.discovery = () => ({ raw: () => undefined })
    const provider = create()
    const ready = provider.ready()
    await until(() => op.count('discovery') === 1)
    provider.close()
    await expect(ready).rejects.toMatchObject({ ...UNAVAILABLE, cause: { kind: 'closed' } })
    await expect(provider.ready()).rejects.toMatchObject({ cause: { kind: 'closed' } })
    expect(op.count('discovery')).toBe(1)
    expect(provider.events).toEqual([])
  })
})
