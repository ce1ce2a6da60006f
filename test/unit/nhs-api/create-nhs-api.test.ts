/** The parts put together: a session whose token was used is looked after until its ID token ends. */
import { createNhsApi } from '../../../src/nhs-api/create-nhs-api.js'
import type { RequestSession } from '../../../src/nhs-api/nhs-api.js'
import type { KeptToken } from '../../../src/nhs-api/token-slot.js'
import { until } from '../../support/redis/redis-server.js'
import { configOf, options, rsa } from '../options/support.js'
import { NURSE, START } from './signed-in-nurse.js'

const HOUR = 3_600_000

function setUp() {
  const state = { now: START, exchanges: 0, refreshes: 0 }
  let kept: KeptToken = { text: undefined, version: undefined }
  const keep = (text: string) => (kept = { text, version: Buffer.from(text) })
  const session: RequestSession = {
    subject: NURSE,
    correlationId: 'of the request',
    slot: {
      name: 'a',
      read: () => Promise.resolve(kept),
      claim: () =>
        Promise.resolve({
          state: 'mine',
          turn: {
            subject: { idToken: 'id-token', idTokenExpiresAt: (START + HOUR) / 1000 },
            prolong: () => Promise.resolve(),
            settle: (text) => Promise.resolve(keep(text) === kept),
            release: () => Promise.resolve(),
          },
        }),
    },
  }
  const keys = [{ privateKey: rsa.privateKey, kid: 'k' }]
  const { nhsApi, ...config } = configOf(
    options({
      nhsApi: { apiKey: 'k', apiSecret: 's', keys },
      clock: () => state.now,
      fetch(_address: string, { body }: { body: string }) {
        if (body.includes('refresh_token')) state.refreshes += 1
        else state.exchanges += 1
        const answer = { access_token: 'a', expires_in: '599', token_type: 'Bearer' }
        return Promise.resolve(Response.json({ ...answer, refresh_token: 'r', refresh_token_expires_in: '43199' }))
      },
    }),
  )
  if (nhsApi === undefined) throw new Error('no nhsApi')
  const sign = () => Promise.resolve('assertion')
  return { state, session, nhsApi: createNhsApi({ nhsApi, config, sign, emit() {}, lookEveryMs: 5 }) }
}

it('exchanges once more before the ID token ends, in the background, once the application has used a token', async () => {
  const { state, session, nhsApi } = setUp()
  await nhsApi.headers(session)
  expect(state).toMatchObject({ exchanges: 1, refreshes: 0 })
  state.now = START + HOUR - 170_000
  await until(() => state.exchanges === 2, 'it is renewed')
  // With it, nothing is refreshed that was got by the first.
  await nhsApi.headers(session)
  expect(state).toMatchObject({ exchanges: 2, refreshes: 0 })
  nhsApi.close()
})
