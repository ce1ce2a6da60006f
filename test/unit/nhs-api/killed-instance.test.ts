/** Two instances at one session's turn, by a clock that nothing but their own pauses moves: a slow machine is as good. */
import { createTokens, type Timer } from '../../../src/nhs-api/create-tokens.js'
import type { GivenTokens } from '../../../src/nhs-api/token-answer.js'
import type { Platform } from '../../../src/nhs-api/platform.js'
import type { ApiSession } from '../../../src/nhs-api/session.js'
import type { Context } from '../../../src/session/context.js'
import { createApiTokenSlot } from '../../../src/session/create-api-token-slot.js'
import { createMemoryApiTokens, type KeepsApiToken } from '../../../src/session/memory/api-tokens.js'
import { configOf, options, rsa } from '../options/support.js'
import { NURSE, START } from './signed-in-nurse.js'

function setUp(timeoutSeconds: number) {
  const time = { now: START }
  const clock = () => time.now
  const timer: Timer = {
    now: clock,
    pause(milliseconds) {
      time.now += milliseconds
      return Promise.resolve()
    },
  }
  const kept: KeepsApiToken = { signedIn: { tokens: Buffer.from('id-token') }, apiToken: undefined }
  const store = createMemoryApiTokens(clock, () => kept)
  const keys = [{ privateKey: rsa.privateKey, kid: 'k' }]
  const { nhsApi } = configOf(options({ nhsApi: { apiKey: 'k', keys, timeoutSeconds } }))
  if (nhsApi === undefined) throw new Error('no nhsApi')
  const config = { clock, maxAuthAgeSeconds: 300 }
  const context = {
    config,
    // One that is killed prolongs nothing.
    backend: { ...store, prolongApiToken: () => Promise.resolve() },
    records: {
      openTokens: () => ({ idToken: 'id-token', idTokenExpiresAt: START / 1000 + 3600 }),
      sealApiToken: (_id: string, text: string) => Buffer.from(text),
      openApiToken: (_id: string, sealed: Buffer) => sealed.toString(),
    },
  } as unknown as Context
  const session: ApiSession = {
    subject: NURSE,
    correlationId: undefined,
    slot: createApiTokenSlot(context, { id: 'id', tag: 'tag', name: 'name' }),
  }
  const instance = (exchange: Platform['exchange']) =>
    createTokens({ nhsApi, config, platform: { exchange } as Platform, emit() {}, timer })
  return { time, session, instance }
}

function tokensOf(accessToken: string): GivenTokens {
  return { accessToken, expiresInSeconds: 599, refreshToken: undefined, refreshExpiresInSeconds: 0 }
}

describe('an instance that is killed while it has the turn', () => {
  it.each([15, 1])('holds the others up for less than two seconds, at a time limit of %d', async (timeoutSeconds) => {
    const { time, session, instance } = setUp(timeoutSeconds)
    let comesBack = (): void => undefined
    const gone = new Promise<void>((resolve) => (comesBack = resolve))
    let isThere = (): void => undefined
    const reached = new Promise<void>((resolve) => (isThere = resolve))
    const killed = instance(async () => {
      isThere()
      await gone
      return tokensOf('of the killed')
    }).obtain(session)
    await reached
    const other = await instance(() => Promise.resolve(tokensOf('of the other'))).obtain(session)
    expect(other.accessToken).toBe('of the other')
    // It was waited for, and no longer than is promised.
    expect(time.now - START).toBeGreaterThan(0)
    expect(time.now - START).toBeLessThan(2_000)
    // One that only slept writes nothing over it, and uses what is there.
    comesBack()
    expect(await killed).toMatchObject({ accessToken: 'of the other' })
  })
})
