/** A canary: does for nobody all that is done for anybody, so that what is missing shows before it harms a user. */
import { StoreUnavailableError } from '../../errors.js'
import type { SignInRecord } from '../backend.js'
import { createBell } from './bell.js'
import type { Key, Keys } from './keys.js'
import type { Run, Runner } from './link.js'
import { operationsOver } from './operations.js'
import type { Operations } from './operations.js'
import { number } from './replies.js'
import { script } from './scripts/script.js'
import { parseInfo, unfitServer } from './server-kind.js'

/** Lifetime of its session, in milliseconds. What it makes is taken away at once, and goes by itself if that fails. */
const LIFETIME = 2_000

const lifetimeOf = script('lifetime', { keys: ['session'] }, `return redis.call('PTTL', session)`)
const clear = script(
  'clear',
  {
    keys: [
      ...([
        'session',
        'tombstone',
        'sessionsOfUser',
        'sessionsOfSid',
        'barredUser',
        'barredSid',
        'sessionsWithoutSid',
        'barredWithoutSid',
        'pointer',
      ] as const),
      ...(['claim', 'endings', 'apiTokenTurn', 'pending', 'pendingAppData', 'running', 'outcome'] as const),
    ],
  },
  `return redis.call('DEL', unpack(KEYS))`,
)

/**
 * Flies through every operation with keys of one tag; rejects with the server's own refusal, or with the name of a server
 * that is known not to keep what it promises.
 */
export type Canary = (run: Run, tag: string, aboutServer: () => Promise<string>) => Promise<void>

export function createCanary(keys: Keys, clock: () => number): Canary {
  return async function fly(run, tag, aboutServer) {
    const unfitKind = unfitServer(parseInfo(await aboutServer()))
    if (unfitKind !== undefined) throw unfit(`is ${unfitKind}, whose scripts are not atomic`, unfitKind)
    const link: Runner = { run, runConfirmed: run }
    const own: Keys = { ...keys, endings: () => endingsOn(tag), nothing: () => keys.nothing(tag) }
    const bell = createBell(link, own, () => true)
    const backend = operationsOver(link, keys, bell)
    // One at a time, that nothing overtakes it: a Cluster may send it elsewhere first.
    await flyPending(backend, tag)
    try {
      await flySession(backend, run, tag)
    } finally {
      await Promise.all(['canary', 'visitor'].map((name) => run(clear(allKeys(tag, name), {})))).catch(
        function expires() {},
      )
    }
  }

  async function flySession(backend: Operations, run: Run, tag: string): Promise<void> {
    const [canary, visitor] = [
      { tag, name: 'canary' },
      { tag, name: 'visitor' },
    ]
    const now = clock()
    const times = { now, idle: LIFETIME }
    const claims = ['sid', 'sub'].map((attempt) => ({ slot: tag, tokenName: 'canary', attempt }))
    const [bySid, bySub] = claims as [(typeof claims)[0], (typeof claims)[0]]
    // All at once: a connection keeps their order.
    const [read, lifetime, , notes, after] = await Promise.all([
      signInAndRead(),
      run(lifetimeOf({ session: keys.session(tag, canary.name) }, {})),
      Promise.all([
        backend.unslide(canary, now + 1 + LIFETIME, now),
        backend.readTokens(canary),
        backend.saveAppData(canary, BYTES, now),
        backend.namesListed(tag),
        backend.lookAt(tag, [canary.name], now),
        backend.readApiToken(canary, now),
        backend.claimApiToken(canary, { attempt: 'one', seen: undefined, kept: undefined }, now),
        backend.prolongApiToken(canary, 'one'),
        backend.saveApiToken(canary, { attempt: 'one', seen: undefined, token: BYTES }, now),
        backend.dropApiToken(canary, 'one'),
        backend.hear(0),
        backend.tagsOfSid(tag, LIFETIME),
        backend.claimSidLogout(bySid, LIFETIME),
        backend.namesOfSid(tag, { sidName: tag, bar: LIFETIME, withoutSidUpTo: 1 }),
        backend.forgetGone(tag, [visitor.name]),
      ]),
      backend.endNamed(tag, { names: [canary.name], sidName: tag }, 'back-channel', now),
      backend.read(canary, times),
      backend.settleClaim(bySid, LIFETIME),
      backend.dropClaim(bySid),
      backend.claimSubLogout(bySub),
      backend.namesOfUser(tag, { bar: LIFETIME, upTo: 1 }),
      backend.createAnonymous(visitor, BYTES, { ...times, absolute: now + LIFETIME }),
      backend.end(visitor, 'sign-out', now),
    ])
    const keeps = read.state === 'live' && number(lifetime) > 0 && number(lifetime) <= LIFETIME + 1
    if (!keeps) throw unfit('does not keep what it is given for as long as it is told')
    if (notes.length !== 1 || after.state !== 'none') throw unfit('does not end what it is told to end')

    async function signInAndRead() {
      const [, , result] = await Promise.all([
        backend.claimSid(tag, tag, LIFETIME),
        backend.signIn({
          ...NOBODY,
          place: canary,
          sidName: tag,
          now,
          until: now + LIFETIME,
          absolute: now + 2 * LIFETIME,
        }),
        backend.read(canary, { now: now + 1, idle: LIFETIME }),
      ])
      return result
    }
  }

  /** In the tag's own slot, so that nobody hears of it. */
  function endingsOn(tag: string): Key<'endings'> {
    return `${keys.sessionsOfUser(tag)}:canary` as Key<'endings'>
  }

  function allKeys(tag: string, name: string) {
    return {
      session: keys.session(tag, name),
      tombstone: keys.tombstone(tag, name),
      sessionsOfUser: keys.sessionsOfUser(tag),
      sessionsOfSid: keys.sessionsOfSid(tag, tag),
      barredUser: keys.barredUser(tag),
      barredSid: keys.barredSid(tag, tag),
      sessionsWithoutSid: keys.sessionsWithoutSid(tag),
      barredWithoutSid: keys.barredWithoutSid(tag),
      pointer: keys.pointer(tag),
      claim: keys.claim(tag, 'canary'),
      endings: endingsOn(tag),
      apiTokenTurn: keys.apiTokenTurn(tag, name),
      pending: keys.pending(tag),
      pendingAppData: keys.pendingAppData(tag),
      running: keys.running(tag),
      outcome: keys.outcome(tag),
    }
  }
}

const BYTES = Buffer.from('canary')
const NOBODY = {
  small: BYTES,
  user: BYTES,
  tokens: BYTES,
  appData: BYTES,
  note: BYTES,
  authTime: 0,
  oldestAuthTime: 0,
  alone: true,
} satisfies Partial<SignInRecord>

async function flyPending(backend: Operations, slot: string): Promise<void> {
  await backend.rememberPending(slot, BYTES, BYTES)
  await Promise.all([
    backend.takePending(slot),
    backend.settlePending({ slot, outcome: BYTES }),
    backend.takeCarried(slot),
    backend.forgetPending([slot]),
  ])
}

function unfit(what: string, reason = 'unfit'): StoreUnavailableError {
  return new StoreUnavailableError(`The session store ${what}.`, { cause: new Error(reason) })
}
