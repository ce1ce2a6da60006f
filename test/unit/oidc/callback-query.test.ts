import type { SignInRefusal } from '../../../src/errors.js'
import { parseCallbackQuery } from '../../../src/oidc/callback-query.js'
import { thrownBy } from '../../support/thrown-by.js'
import { startFakeOp, type FakeOp } from './fake-op.js'
import { providerFor, signIn, type TestProvider } from './support.js'

const ISSUER = 'https://am.sim.example:443/realm'
const expected = { state: 'the-state', issuer: ISSUER, requiresIssuer: false }
const iss = `iss=${encodeURIComponent(ISSUER)}`

describe('parseCallbackQuery', () => {
  it.each([
    'code=abc&state=the-state',
    `code=abc&state=the-state&${iss}`,
    'code=abc&state=the-state&other[a]=x',
    `code=abc&state=the-state&${iss}&client_id=x&scope=openid%20profile&session_state=y&vendor=1`,
  ])('CB-8 LG16 reads the code of %s', (query) => {
    expect(parseCallbackQuery(query, expected)).toBe('abc')
  })

  it.each<[SignInRefusal, string]>([
    ['state', 'code=abc'],
    ['state', 'code=abc&state='],
    ['state', 'code=abc&state=the-statE'],
    ['state', `code=abc&state=${'x'.repeat(10_000)}`],
    ['state', 'error=access_denied&state=wrong'],
    ['state', 'error=temporarily_unavailable'],
    ['response', 'code=abc&state=the-state&state=the-state'],
    ['response', 'code=abc&code=abc&state=the-state'],
    ['response', `code=abc&state=the-state&${iss}&${iss}`],
    ['response', 'error=a&error=a&state=the-state'],
    ['response', 'code=abc&state=the-state&session_state=1&session_state=2'],
    ['response', 'code[]=abc&state=the-state'],
    ['response', 'code=abc&code[]=abc&state=the-state'],
    ['response', 'code=abc&code[a]=abc&state=the-state'],
    ['response', 'code%5B0%5D=abc&state=the-state'],
    ...['state', 'iss', 'error', 'error_description', 'error_uri'].map((name): [SignInRefusal, string] => [
      'response',
      `code=abc&state=the-state&${name}[a]=x`,
    ]),
    ['response', 'code=abc&state=the-state&id_token=x'],
    ['response', 'code=abc&state=the-state&access_token=x'],
    ['response', 'code=abc&state=the-state&token_type=x'],
    ['response', 'code=abc&state=the-state&response=x'],
    ['response', 'code=abc&state=the-state&token='],
    ['response', 'state=the-state'],
    ['response', 'code=&state=the-state'],
    ['response', 'code=a%00b&state=the-state'],
    ['response', 'code=a%0d%0ab&state=the-state'],
    ['response', 'code=%F0%9F%98%80&state=the-state'],
    ['response', `code=${'c'.repeat(4097)}&state=the-state`],
    ['response', `code=${'c'.repeat(100_000)}&state=the-state`],
    ['response', ''],
    ['issuer', `code=abc&state=the-state&iss=${encodeURIComponent('https://am.sim.example/realm')}`],
    ['issuer', `code=abc&state=the-state&${iss}%2F`],
    ['issuer', 'code=abc&state=the-state&iss='],
    ['issuer', 'error=access_denied&state=the-state&iss=https%3A%2F%2Fevil.example'],
  ])('CB-1 CB-5 CB-6 CB-7 CB-14 OIDF-71 OIDF-72 OIDF-78 refuses as "%s": %.60s', (reason, query) => {
    // A query without anything fails at the first check, its state.
    const expectedReason = query === '' ? 'state' : reason
    expect(thrownBy(() => parseCallbackQuery(query, expected))).toMatchObject({ reason: expectedReason })
  })

  it('CB-6 OIDF-71 refuses a callback without iss where discovery promises it', () => {
    const strict = { ...expected, requiresIssuer: true }
    expect(thrownBy(() => parseCallbackQuery('code=abc&state=the-state', strict))).toMatchObject({ reason: 'issuer' })
  })

  it('reads an error without iss even where discovery promises it', () => {
    const strict = { ...expected, requiresIssuer: true }
    expect(thrownBy(() => parseCallbackQuery('error=access_denied&state=the-state', strict))).toMatchObject({
      reason: 'access-denied',
    })
  })

  it.each([
    ['access_denied', { reason: 'access-denied', status: 403 }],
    ['login_required', { reason: 'provider-error', status: 400 }],
    ['interaction_required', { reason: 'provider-error', status: 400 }],
    ['server_error', { reason: 'provider-error', status: 400 }],
    ['temporarily_unavailable', { code: 'CIS2_PROVIDER_UNAVAILABLE', status: 503 }],
    ['x'.repeat(5000), { reason: 'provider-error', status: 400 }],
    ['<script>', { reason: 'provider-error', status: 400 }],
    ['a%0d%0ab', { reason: 'provider-error', status: 400 }],
    ['%E2%80%AE', { reason: 'provider-error', status: 400 }],
    ['', { reason: 'provider-error', status: 400 }],
  ])('CB-12 maps error=%.40s', (error, outcome) => {
    const query = `error=${error}&error_description=canary%3Cscript%3E&state=the-state`
    const thrown = thrownBy(() => parseCallbackQuery(query, expected))
    expect(thrown).toMatchObject(outcome)
    expect((thrown as Error).message).not.toMatch(/canary|script|\r|\u202e|x{65}/)
  })

  it('names an error code that is one', () => {
    expect(() => parseCallbackQuery('error=invalid_scope&state=the-state', expected)).toThrow(/invalid_scope/)
  })
})

it('reads a callback of 16 KB, and of no more', () => {
  const query = 'code=abc&state=the-state&x='.padEnd(16 * 1024, 'y')
  expect(parseCallbackQuery(query, expected)).toBe('abc')
  expect(thrownBy(() => parseCallbackQuery(`${query}y`, expected))).toMatchObject({ reason: 'response' })
})

describe('what CIS2 objected to', () => {
  const refusal = (query: string) => thrownBy(() => parseCallbackQuery(query, expected))

  it('is told as the cause, when the callback is refused before that is believed', () => {
    expect(refusal('error=access_denied&state=wrong')).toMatchObject({
      reason: 'state',
      cause: { message: 'CIS2 answered access_denied.' },
    })
  })

  it.each(['code=abc&state=wrong', 'error=something_else&state=wrong', 'error=login_required&state=the-state'])(
    'is not told twice, and not where it is nothing that is known: %s',
    (query) => {
      expect(refusal(query)).not.toHaveProperty('cause')
    },
  )

  it('leaves CIS2 unavailable where it said so', () => {
    expect(refusal('error=temporarily_unavailable&state=the-state')).toMatchObject({
      code: 'CIS2_PROVIDER_UNAVAILABLE',
    })
  })
})

describe('a callback that is refused', () => {
  let op: FakeOp
  let provider: TestProvider

  beforeAll(async () => {
    op = await startFakeOp()
    provider = providerFor(op)
    await provider.ready()
  })

  afterAll(async () => {
    provider.close()
    await op.stop()
  })

  it.each([
    (usual: URLSearchParams) => `${String(usual)}&state=twice`,
    (usual: URLSearchParams) => String(usual).replace('state=', 'state=x'),
    (usual: URLSearchParams) => String(usual).replace('realm', 'other'),
    () => 'error=access_denied',
  ])('CB-1 CB-6 costs no call to the token endpoint (%#)', async (query) => {
    await expect(signIn(provider, op, { query })).rejects.toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED' })
    expect(op.count('token')).toBe(0)
  })

  it('CB-6 demands iss where discovery promises it', async () => {
    op.answers.discovery = (usual) => ({ body: { ...usual, authorization_response_iss_parameter_supported: true } })
    const strict = providerFor(op)
    const query = (usual: URLSearchParams): URLSearchParams => {
      usual.delete('iss')
      return usual
    }
    await expect(signIn(strict, op, { query })).rejects.toMatchObject({ reason: 'issuer' })
    await expect(signIn(strict, op)).resolves.toBeDefined()
    strict.close()
  })
})
