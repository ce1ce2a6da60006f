/** Stores for tests that ask all of them the same. */
import { randomBytes } from 'node:crypto'

import type { Cis2Event } from '../../../src/index.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'
import type { SessionOptions } from '../../../src/options/cis2-options.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import type { Backend, NamedSessions, SessionsOfUser, SignInRecord } from '../../../src/session/backend.js'
import { createMemoryBackend } from '../../../src/session/memory/backend.js'
import { createRedisBackend } from '../../../src/session/redis/backend.js'
import { healthyOptions } from '../commands/doctor-case.js'

/** A configuration like any other; `session` over what is usual. */
export function configWith(session: Partial<SessionOptions> = {}, clock: () => number = Date.now): Cis2Config {
  const usual = healthyOptions().session
  return parseOptions(
    healthyOptions({ clock, session: { ...usual, confirmReplicas: 'prefer', keyPrefix: newPrefix(), ...session } }),
  )
}

/** Below it, a test is alone. */
export function newPrefix(): string {
  return `test:${randomBytes(6).toString('hex')}:`
}

export interface MadeBackend {
  readonly backend: Backend
  readonly prefix: string
  readonly events: Omit<Cis2Event, 'at'>[]
}

const opened: Backend[] = []

// One that a failing test leaves open goes on looking for its Redis, and Jest would never end.
afterAll(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()))
})

export function redisBackend(
  redis: SessionOptions['redis'],
  clock: () => number = Date.now,
  session: Partial<SessionOptions> = {},
): MadeBackend {
  const events: Omit<Cis2Event, 'at'>[] = []
  const config = configWith({ redis, ...session }, clock)
  const { redis: where } = config.session
  if (where === 'memory') throw new Error('this is not in memory')
  const backend = createRedisBackend({
    session: { ...config.session, redis: where },
    clock,
    emit: (event) => events.push(event),
  })
  opened.push(backend)
  return { backend, prefix: config.session.keyPrefix, events }
}

export function memoryBackend(clock: () => number): MadeBackend {
  return { backend: createMemoryBackend(clock), prefix: '', events: [] }
}

/** A sign-in that is stored as it stands: backends do not look into what they keep. */
export function signInRecord(change: Partial<SignInRecord> = {}): SignInRecord {
  const now = change.now ?? Date.now()
  return {
    place: { tag: newName(), name: newName() },
    now,
    until: now + 900_000,
    absolute: now + 43_200_000,
    small: Buffer.from('small'),
    user: Buffer.from('user'),
    tokens: Buffer.from('tokens'),
    appData: undefined,
    note: Buffer.from('note'),
    sidName: undefined,
    authTime: Math.floor(now / 1000),
    alone: false,
    oldestAuthTime: Math.floor((now - 43_200_000) / 1000),
    ...change,
  }
}

/** Ends a batch of the sessions of a `sid`, as the session layer does it; returns notes of those that were alive. */
export async function endOfSid(backend: Backend, tag: string, sidName: string, bar: number, now: number) {
  const names = await backend.namesOfSid(tag, { sidName, bar })
  return endNamed(backend, tag, { names, sidName }, now)
}

/** The same of a user. */
export async function endOfUser(
  backend: Backend,
  tag: string,
  { except, ...which }: SessionsOfUser & { readonly except?: string },
  now: number,
) {
  const names = (await backend.namesOfUser(tag, which)).filter((name) => name !== except)
  return endNamed(backend, tag, { names }, now)
}

async function endNamed(backend: Backend, tag: string, which: NamedSessions, now: number): Promise<readonly Buffer[]> {
  return which.names.length === 0 ? [] : backend.endNamed(tag, which, 'back-channel', now)
}

/** 22 characters, as a tag, a hash of an id or of a `sid` has. */
export function newName(): string {
  return randomBytes(16).toString('base64url')
}
