/** What is asked of Redis, and how its answers are read: which keys a script is given, and what is told to whom. */
import { StoreUnavailableError } from '../../../../src/errors.js'
import type { SignInRecord } from '../../../../src/session/backend.js'
import type { Bell } from '../../../../src/session/redis/bell.js'
import { createKeys } from '../../../../src/session/redis/keys.js'
import { operationsOver } from '../../../../src/session/redis/operations.js'
import type { ScriptCall } from '../../../../src/session/redis/scripts/script.js'
import { signInRecord } from '../../../support/redis/backends.js'

const PLACE = { tag: 'tag', name: 'name' }
const NOTE = Buffer.from('note')
const NONE = Buffer.alloc(0)
const OUTCOME = { slot: 'slot', outcome: Buffer.from('outcome') }

/** Operations over a store that answers what it is told to, and what it was asked, in order. */
function over(...replies: unknown[]) {
  const calls: { readonly name: string; readonly keys: readonly string[]; readonly args: ScriptCall['args'] }[] = []
  const rung: (readonly string[])[] = []
  function run({ script, keys, args }: ScriptCall): Promise<unknown> {
    calls.push({ name: script.name, keys, args })
    const reply = replies.shift()
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply)
  }
  const link = { run, runConfirmed: (call: ScriptCall, unwaited = call) => run(isWaitedFor ? call : unwaited) }
  const bell = {
    endings: () => 'endings',
    ring: (names: readonly string[]) => rung.push(names),
    hear: (since: number) => Promise.resolve({ newest: since + 1, names: ['heard'] }),
  }
  let isWaitedFor = true
  const operations = operationsOver(link, createKeys(''), bell as unknown as Bell)
  return {
    calls,
    rung,
    operations,
    withoutWaiting() {
      isWaitedFor = false
    },
  }
}

const keysOf = ({ calls }: { readonly calls: readonly { readonly keys: readonly string[] }[] }) =>
  calls.map(({ keys }) => keys.join(' '))

describe('a session that Redis is asked for', () => {
  const read = (...reply: unknown[]) => over(reply).operations.read(PLACE, { now: 1, idle: 2 })

  it.each([
    [[3], { state: 'newer' }],
    [[2, NOTE], { state: 'foreign', note: NOTE }],
    [[2, NONE], { state: 'foreign', note: undefined }],
    [[0, Buffer.from('idle'), NOTE], { state: 'none', reason: 'idle', note: NOTE }],
    [
      [1, 5, 4, 6, NOTE, NONE, NONE],
      { state: 'live', until: 5, granted: 4, absolute: 6, small: NOTE, user: undefined, appData: undefined },
    ],
  ])('is, by the reply %j, what it says', async (reply, expected) => {
    expect(await read(...reply)).toStrictEqual(expected)
  })

  it.each([4, -1, 1.5])('is an outage where its state is %d, which is none that is known', async (state) => {
    await expect(read(state, 5, 4, 6, NOTE, NOTE, NOTE)).rejects.toThrow(StoreUnavailableError)
    await expect(read(state, 5, 4, 6, NOTE, NOTE, NOTE)).rejects.toThrow('state of a session')
  })

  it('is of no application where none asks, and where none makes it', async () => {
    const made = over([0, NONE, NONE], 1)
    await made.operations.read(PLACE, { now: 1, idle: 2 })
    await made.operations.createAnonymous(PLACE, NOTE, { now: 1, idle: 2, absolute: 9 })
    expect(made.calls.map(({ args }) => args)).toEqual([
      ['name', '', 1, 2],
      ['', 1, 3, 9, NOTE],
    ])
  })

  it('is told of to whoever watches when it ends, and what was heard is handed on', async () => {
    const { operations, rung } = over([1, NOTE])
    await operations.end(PLACE, 'sign-out', 1)
    expect(rung).toEqual([['name']])
    expect(await operations.hear(7)).toEqual({ newest: 8, names: ['heard'] })
  })
})

describe('a sign-in on Redis', () => {
  const MADE = [1, [], 0, [], 0]
  const ANSWERED = [1, [], 0, [], 1]
  const record = (change: Parameters<typeof signInRecord>[0] = {}) => signInRecord({ place: PLACE, now: 1, ...change })

  it.each<[which: string, change: Partial<SignInRecord>, optional: string]>([
    ['without a sid', {}, '{tag}:- {tag}:- {tag}:n {tag}:kn {tag}:- {tag}:-'],
    ['without one, as if to claim it', { claimSidFor: 5 }, '{tag}:- {tag}:- {tag}:n {tag}:kn {tag}:- {tag}:-'],
    ['of a sid', { sidName: 'sid' }, '{tag}:i:sid {tag}:d:sid {tag}:- {tag}:- {tag}:- {tag}:-'],
    [
      'that claims its sid',
      { sidName: 'sid', claimSidFor: 5 },
      '{tag}:i:sid {tag}:d:sid {tag}:- {tag}:- {sid}:p {tag}:-',
    ],
  ])('is given the keys that it needs, and no other: %s', async (_which, change, optional) => {
    const made = over(MADE)
    await made.operations.signIn(record(change))
    expect(keysOf(made)).toEqual([`{tag}:s:name {tag}:e:name {tag}:u {tag}:k {tag}:- ${optional}`])
    expect(made.calls[0]?.args.slice(0, 4)).toEqual(['name', 'tag', '', change.sidName ?? ''])
  })

  it('leaves the answer for duplicates in its own step where no replica is waited for', async () => {
    const made = over(ANSWERED)
    made.withoutWaiting()
    expect(await made.operations.signIn(record({ outcome: OUTCOME }))).toEqual({ others: [], more: false, older: [] })
    expect(made.calls).toMatchObject([{ name: 'signIn' }])
    expect(made.calls[0]?.keys.at(-1)).toBe('{slot}:lo')
    expect(made.calls[0]?.args.at(-1)).toBe(OUTCOME.outcome)
  })

  it('leaves it in a second step once a replica has it, and none where there is none to leave', async () => {
    const made = over(MADE, 1, MADE)
    await made.operations.signIn(record({ outcome: OUTCOME }))
    expect(made.calls.map(({ name }) => name)).toEqual(['signIn', 'settlePending'])
    expect(keysOf(made)[1]).toBe('{slot}:lo')
    expect(made.calls[0]?.keys.at(-1)).toBe('{tag}:-')
    await made.operations.signIn(record())
    expect(made.calls).toHaveLength(3)
  })

  it('holds when the answer cannot be left: duplicates then come too late', async () => {
    const made = over(MADE, new StoreUnavailableError())
    expect(await made.operations.signIn(record({ outcome: OUTCOME }))).toBeDefined()
  })

  it.each([0, 2])('tells nobody anything where it is refused (%d)', async (state) => {
    const made = over([state])
    expect(await made.operations.signIn(record({ outcome: OUTCOME }))).toBeUndefined()
    expect(made.calls).toHaveLength(1)
  })
})

describe('sessions that are ended, or looked at, on Redis', () => {
  it('are named by the keys of those with the sid, and of those without where that is asked for', async () => {
    const asked = over([], [])
    await asked.operations.namesOfSid('tag', { sidName: 'sid', bar: 1 })
    await asked.operations.namesOfSid('tag', { sidName: 'sid', bar: 1, withoutSidUpTo: 5 })
    expect(keysOf(asked)).toEqual([
      '{tag}:i:sid {tag}:d:sid {tag}:- {tag}:- {tag}:-',
      '{tag}:i:sid {tag}:d:sid {tag}:- {tag}:n {tag}:kn',
    ])
  })

  it('are taken out of the index of their sid where they were found by one', async () => {
    const asked = over([], [NOTE, NONE])
    await asked.operations.endNamed('tag', { names: [] }, 'sign-out', 1)
    const notes = await asked.operations.endNamed('tag', { names: ['a'], sidName: 'sid' }, 'sign-out', 1)
    expect(notes).toEqual([NOTE, NONE])
    expect(keysOf(asked)).toEqual([
      '{tag}:u {tag}:- {tag}:- {tag}:- {tag}:- endings',
      '{tag}:u {tag}:- {tag}:i:sid {tag}:n {tag}:- endings {tag}:s:a {tag}:e:a',
    ])
  })

  it('are looked at in one step, and in none where there are none', async () => {
    const asked = over([
      [5, 6, NOTE],
      [0, 0, NONE],
    ])
    expect(await asked.operations.lookAt('tag', [], 1)).toEqual([])
    expect(asked.calls).toEqual([])
    expect(await asked.operations.lookAt('tag', ['a', 'b'], 1)).toEqual([
      { until: 5, absolute: 6, note: NOTE },
      undefined,
    ])
    expect(keysOf(asked)).toEqual(['{tag}:u {tag}:s:a {tag}:e:a {tag}:s:b {tag}:e:b'])
  })
})
