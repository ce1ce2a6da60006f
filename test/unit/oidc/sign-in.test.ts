import { startFakeOp, type FakeOp } from './fake-op.js'
import { providerFor, signIn, type TestProvider } from './support.js'

let op: FakeOp
let provider: TestProvider

beforeAll(async () => {
  op = await startFakeOp()
})

afterAll(() => op.stop())

beforeEach(() => {
  op.reset()
  provider = providerFor(op)
})

afterEach(() => {
  provider.close()
})

describe('redeemCallback', () => {
  it('OIDF-1 resolves with user, sid and tokens when everything is right', async () => {
    await provider.ready()
    const verified = await signIn(provider, op)
    expect(verified).toMatchObject({
      user: { sub: op.sub, aal: 3 },
      sid: 'sid/of+the=session=',
      tokens: { accessToken: op.accessToken, accessTokenExpiresAt: expect.any(Number) as number },
    })
  })
})
