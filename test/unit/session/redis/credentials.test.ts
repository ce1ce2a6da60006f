/** When a provider of credentials is asked, and what becomes of its answers. */
import { createCredentials, type Credentials } from '../../../../src/session/redis/credentials.js'
import type { RedisCredentials } from '../../../../src/index.js'

const START = Date.UTC(2026, 0, 5, 9)

let answers: (() => unknown)[]
let events: object[]
let asked: number
let credentials: Credentials

beforeEach(() => {
  jest.useFakeTimers({ now: START })
  answers = []
  events = []
  asked = 0
})

afterEach(() => {
  credentials.close()
  jest.useRealTimers()
})

/** The last answer is given again and again. */
async function start(...given: (() => unknown)[]): Promise<void> {
  answers = given
  credentials = createCredentials({
    ask: () => {
      asked += 1
      return (answers.length > 1 ? answers.shift() : answers[0])?.()
    },
    clock: () => Date.now(),
    emit: (event) => events.push(event),
    changed: () => {},
  })
  await jest.advanceTimersByTimeAsync(0)
}

const lasting = (seconds: number, password = 'one'): RedisCredentials => ({
  password,
  expiresAt: new Date(Date.now() + seconds * 1_000),
})

const after = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1_000)

it('asks at once, and again at 80 % of the life of what it got', async () => {
  await start(() => lasting(900))
  expect(asked).toBe(1)
  await after(719)
  expect(asked).toBe(1)
  await after(2)
  expect(asked).toBe(2)
})

it('asks a provider that gives the same again ever more often, before that ends', async () => {
  const same = lasting(3_600)
  await start(() => same)
  await after(2_881)
  expect(asked).toBe(2)
  // A fifth of the 720 s that are left.
  await after(144)
  expect(asked).toBe(3)
  await after(540)
  expect(asked).toBeGreaterThan(6)
  expect(asked).toBeLessThan(20)
})

it('does not ask again for what has no known end, until Redis refuses it', async () => {
  await start(
    () => ({ password: 'one' }),
    () => ({ password: 'two' }),
  )
  await after(86_400)
  expect(asked).toBe(1)
  credentials.refused()
  await after(0)
  expect(credentials.current()).toEqual({ username: undefined, password: 'two' })
  expect(events).toEqual([])
})

it('is bounded when the provider hangs, and asks again, ever less often', async () => {
  await start(() => new Promise(() => {}))
  expect(credentials.health()).toBeUndefined()
  await after(5)
  expect(events).toEqual([{ type: 'credentials.unavailable', reason: 'timeout' }])
  expect(credentials.health()).toMatchObject({ status: 'down', reason: 'credentials: timeout' })
  await after(600)
  expect(asked).toBeGreaterThan(20)
  expect(asked).toBeLessThan(60)
  expect(events).toHaveLength(1)
})

it('does not take what comes too late', async () => {
  await start(() => new Promise((resolve) => setTimeout(resolve, 5_500, { password: 'late' })))
  await after(5.9)
  expect(credentials.current()).toBeUndefined()
})

it.each([
  undefined,
  null,
  'password',
  {},
  { password: '' },
  { password: 7 },
  { password: Buffer.from('one') },
  { username: '', password: 'one' },
  { username: 7, password: 'one' },
  { password: 'one', expiresAt: 1_900_000_000_000 },
  { password: 'one', expiresAt: new Date(Number.NaN) },
])('takes nothing such as %p', async (answer) => {
  await start(() => answer)
  expect(credentials.current()).toBeUndefined()
  expect(events).toEqual([{ type: 'credentials.unavailable', reason: 'unreadable' }])
})

it('keeps the last that it got, and asks again within seconds when the next is nonsense', async () => {
  await start(
    () => lasting(10),
    () => 'nonsense',
    () => lasting(10, 'two'),
  )
  await after(8.5)
  expect(credentials.current()).toEqual({ username: undefined, password: 'one' })
  expect(credentials.health()).toMatchObject({ status: 'degraded', reason: 'credentials: unreadable' })
  await after(1.5)
  expect(credentials.current()).toEqual({ username: undefined, password: 'two' })
  expect(credentials.health()).toBeUndefined()
  expect(events.map((event) => 'type' in event && event.type)).toEqual([
    'credentials.unavailable',
    'credentials.recovered',
  ])
})

it('tells nothing of what is thrown but the name of its class', async () => {
  class SecretError extends Error {
    override readonly name = 'CredentialUnavailableError'
  }
  await start(() => Promise.reject(new SecretError('token one')))
  expect(events).toEqual([{ type: 'credentials.unavailable', reason: 'threw', cause: 'CredentialUnavailableError' }])
  credentials.close()
  events = []
  await start(() => Promise.reject(Object.assign(new Error('so'), { name: 'token one' })))
  expect(events).toEqual([{ type: 'credentials.unavailable', reason: 'threw', cause: 'Error' }])
})

it('says that what Redis refuses is all that the provider gives', async () => {
  await start(() => ({ password: 'one' }))
  credentials.refused()
  await after(0)
  expect(events).toEqual([{ type: 'credentials.unavailable', reason: 'refused' }])
  for (let times = 0; times < 100; times++) credentials.refused()
  await after(3)
  expect(asked).toBeLessThanOrEqual(6)
  credentials.accepted()
  expect(events[1]).toEqual({ type: 'credentials.recovered' })
})

it('asks nobody after it was closed', async () => {
  await start(() => lasting(10))
  credentials.close()
  credentials.refused()
  await after(60)
  expect(asked).toBe(1)
})
