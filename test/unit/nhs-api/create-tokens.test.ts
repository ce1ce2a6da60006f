/** The rules of one session's token, over a slot and a platform that a test makes up. */
import { createTokens } from '../../../src/nhs-api/create-tokens.js'
import type { Platform } from '../../../src/nhs-api/platform.js'
import type { ApiSession } from '../../../src/nhs-api/session.js'
import type { ClaimedSlot, KeptToken } from '../../../src/nhs-api/token-slot.js'
import { configOf, options, rsa } from '../options/support.js'
import { NURSE, START } from './signed-in-nurse.js'

const HOUR = 3_600_000

function setUp() {
  const state = {
    now: START,
    text: undefined as string | undefined,
    version: 0,
    isOver: false,
    claim: undefined as Exclude<ClaimedSlot['state'], 'mine'> | undefined,
    exchanges: 0,
    onExchange: (): void => undefined,
    /** What the platform waits for. */
    answer: Promise.resolve(),
    onProlong: (): void => undefined,
  }
  const log: string[] = []
  const kept = (): KeptToken => ({ text: state.text, version: Buffer.from(String(state.version)) })
  function write(text: string): void {
    state.text = text
    state.version += 1
  }
  const session: ApiSession = {
    subject: NURSE,
    correlationId: undefined,
    slot: {
      name: 'session',
      read: () => Promise.resolve(state.isOver ? undefined : kept()),
      claim(_seen, keep) {
        if (state.claim !== undefined) return Promise.resolve({ state: state.claim })
        if (keep !== undefined) write(keep)
        log.push('claimed')
        return Promise.resolve({
          state: 'mine' as const,
          turn: {
            subject: { idToken: 'id-token', idTokenExpiresAt: (START + HOUR) / 1000 },
            prolong() {
              state.onProlong()
              return Promise.resolve()
            },
            settle(text: string) {
              if (state.isOver) return Promise.resolve(false)
              write(text)
              return Promise.resolve(true)
            },
            release() {
              log.push('released')
              return Promise.resolve()
            },
          },
        })
      },
    },
  }
  const tokens = () => {
    state.exchanges += 1
    state.onExchange()
    const name = `token-${String(state.exchanges)}`
    return {
      accessToken: name,
      expiresInSeconds: 599,
      refreshToken: `${name}-refresh`,
      refreshExpiresInSeconds: 43_199,
    }
  }
  const platform: Pick<Platform, 'exchange' | 'refresh'> = {
    async exchange() {
      await state.answer
      return tokens()
    },
    refresh(refreshToken) {
      log.push(`refreshed with ${refreshToken}; kept ${String(state.text?.includes(refreshToken))}`)
      return Promise.resolve({ tokens: tokens() })
    },
  }
  const { nhsApi } = configOf(
    options({
      nhsApi: { apiKey: 'k', apiSecret: 's', keys: [{ privateKey: rsa.privateKey, kid: 'k' }], timeoutSeconds: 1 },
    }),
  )
  if (nhsApi === undefined) throw new Error('no nhsApi')
  const config = { clock: () => state.now, maxAuthAgeSeconds: 300 }
  const events: string[] = []
  const made = createTokens({
    nhsApi,
    config,
    platform: platform as Platform,
    emit: ({ type }) => events.push(type),
  })
  return { state, log, session, events, ...made }
}

describe('a refresh token', () => {
  it('has left the session before it is sent', async () => {
    const { obtain, session, state, log } = setUp()
    await obtain(session)
    state.now += 600_000
    await obtain(session)
    expect(log).toContain('refreshed with token-1-refresh; kept false')
  })
})

describe('a renewal', () => {
  it('exchanges though the token would do, and not again once that is done', async () => {
    const { obtain, renew, session, state } = setUp()
    await obtain(session)
    state.now += HOUR - 180_000
    const due = state.now
    expect(await renew(session, due)).toMatchObject({ accessToken: 'token-2', exchangedAt: due })
    expect(await renew(session, due)).toMatchObject({ accessToken: 'token-2' })
    expect(state.exchanges).toBe(2)
  })

  it.each(['busy', 'changed', 'over'] as const)('leaves a slot alone that is %s', async (claim) => {
    const { renew, session, state } = setUp()
    state.claim = claim
    expect(await renew(session, START)).toBeUndefined()
    expect(state.exchanges).toBe(0)
  })

  it('is nothing for a session that has ended, before or meanwhile', async () => {
    const { renew, session, state, events } = setUp()
    state.onExchange = () => {
      state.isOver = true
    }
    expect(await renew(session, START)).toBeUndefined()
    expect(events).toEqual([])
    await expect(renew(session, START)).rejects.toMatchObject({ code: 'CIS2_NOT_SIGNED_IN' })
    expect(state.exchanges).toBe(1)
  })
})

describe('the turn', () => {
  it('is prolonged as long as the exchange lasts', async () => {
    const { obtain, session, state } = setUp()
    // Without it nothing is ever answered.
    state.answer = new Promise((resolve) => (state.onProlong = resolve))
    expect(await obtain(session)).toMatchObject({ accessToken: 'token-1' })
  })

  it('is taken once by all who ask in one process', async () => {
    const { obtain, session, state, log } = setUp()
    const all = await Promise.all([obtain(session), obtain(session), obtain(session)])
    expect(new Set(all.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect([log, state.exchanges]).toEqual([['claimed'], 1])
  })

  it('is given back when the exchange fails, so that the next one waits for nobody', async () => {
    const { obtain, session, state, log, events } = setUp()
    state.answer = Promise.reject(new Error('no'))
    await expect(obtain(session)).rejects.toThrow('no')
    expect([log, events]).toEqual([['claimed', 'released'], ['api-token.refused']])
  })
})

describe('a turn of somebody else', () => {
  it('is waited for, as long as a call may take', async () => {
    const { obtain, session, state } = setUp()
    state.claim = 'busy'
    await expect(obtain(session)).rejects.toMatchObject({ code: 'CIS2_API_TOKEN', reason: 'unavailable' })
    expect(state.exchanges).toBe(0)
  })

  it('brings what the other has written', async () => {
    const { obtain, session, state } = setUp()
    const { accessToken } = await obtain(session)
    const written = state.text
    state.text = undefined
    state.claim = 'busy'
    setTimeout(() => {
      state.text = written
    }, 150)
    expect(await obtain(session)).toMatchObject({ accessToken })
    expect(state.exchanges).toBe(1)
  })
})

describe('what the session keeps', () => {
  it.each([
    ['of another role', { roleId: '556' }],
    ['of another platform', { tokenEndpoint: 'https://dep.api.service.nhs.uk/oauth2/token' }],
  ])('is not used when it is %s', async (_what, changes) => {
    const { obtain, session, state } = setUp()
    await obtain(session)
    state.text = JSON.stringify({ ...(JSON.parse(state.text ?? '') as object), ...changes })
    expect(await obtain(session)).toMatchObject({ accessToken: 'token-2' })
  })
})
