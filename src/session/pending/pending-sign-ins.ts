/** Sign-ins under way: remembered for one browser, taken out once, and answered alike to duplicates of the callback. */
import { setTimeout as delay } from 'node:timers/promises'

import { SignInRefusedError } from '../../errors.js'
import type { TakenRecord } from '../backend.js'
import type { Context } from '../context.js'
import { parseAppData } from '../records/session-record.js'
import type { AppData } from '../records/session-record.js'
import type { Sessions, TakenSignIn } from '../sessions.js'
import { cookiesSet } from '../set-cookie.js'
import { createAllowance } from './allowance.js'
import { createCarriedSignIns } from './carried-sign-ins.js'
import type { CarriedContent, KeptSignIn } from './carried-sign-ins.js'
import { Duplicates, openOutcome } from './duplicates.js'
import { createSignInCookies } from './sign-in-cookies.js'
import type { FoundSignIn, SignInPlace } from './sign-in-cookies.js'
import { createSignInStates } from './sign-in-state.js'

/** Greatest size of a stored sign-in, in bytes: room for the longest return address that is taken (2,048). */
const MOST_KEPT_BYTES = 3 * 1024
/**
 * Of one that its browser carries without the application's data: twice as many letters. Five of them leave room below
 * the 8 KB that servers on the way take of all headers, or a link with a long return address would lock its reader out.
 */
const MOST_CARRIED_BYTES = 600
/** A duplicate waits so long for the first callback, in milliseconds. */
const LONGEST_WAIT = 5_000
const FIRST_POLL = 20
const SLOWEST_POLL = 200

const NOTHING: TakenSignIn = { found: 'nothing' }

type TakenFromStore = Extract<TakenRecord, { found: 'record' }>
type TakenByAnother = Exclude<TakenRecord, TakenFromStore>
type PendingSignIns = Pick<Sessions, 'rememberSignIn' | 'readState' | 'takeSignIn' | 'settleSignIn'>

export function createPendingSignIns(context: Context): PendingSignIns {
  const { backend, config, sealer, secrets } = context
  const states = createSignInStates(secrets)
  const cookies = createSignInCookies(config)
  const carried = createCarriedSignIns(secrets)
  // Apart, so that strangers cannot use up what is meant for people who are signed in.
  const allowances = { stranger: createAllowance(config.clock), user: createAllowance(config.clock) }

  const defaultReturnTo = config.baseUrl.path + config.defaultReturnPath

  /** In the store. A return address that does not fit is not worth refusing the sign-in for. */
  async function keep({ slot, owner }: SignInPlace, pending: KeptSignIn, appData?: AppData): Promise<void> {
    const whole = sealer.seal(owner, 'l', JSON.stringify(pending))
    const sealed =
      whole.length <= MOST_KEPT_BYTES
        ? whole
        : sealer.seal(owner, 'l', JSON.stringify({ ...pending, returnTo: defaultReturnTo }))
    const sealedData = appData === undefined ? undefined : sealer.seal(owner, 'la', JSON.stringify(appData))
    await backend.rememberPending(slot, sealed, sealedData)
  }

  /** In the cookie: without the application's data, then without the return address, where the room is too small. */
  function carry({ owner }: SignInPlace, pending: KeptSignIn, appData: AppData | undefined): Buffer {
    const whole = appData === undefined ? undefined : carried.seal(owner, { pending, appData })
    if (whole !== undefined && cookies.fits(whole)) return whole
    const bare = carried.seal(owner, { pending, appData: undefined })
    if (bare.length <= MOST_CARRIED_BYTES) return bare
    return carried.seal(owner, { pending: { ...pending, returnTo: defaultReturnTo }, appData: undefined })
  }

  /** What opens was sealed by us, for this browser. */
  function openKept({ owner }: SignInPlace, { record, appData }: TakenFromStore): CarriedContent | undefined {
    const pending = sealer.open(owner, 'l', record)
    const text = appData === undefined ? undefined : sealer.open(owner, 'la', appData)
    if (pending === undefined) return undefined
    return { pending: JSON.parse(pending) as KeptSignIn, appData: text === undefined ? undefined : parseAppData(text) }
  }

  /** Takes it out, once, whichever way it is kept. */
  async function takeOnce(found: FoundSignIn): Promise<TakenSignIn> {
    const { place } = found
    if (found.kept === 'store') {
      const taken = await backend.takePending(place.slot)
      return taken.found === 'record' ? toFirst(place, openKept(place, taken)) : toLater(found, taken)
    }
    const content = carried.open(place.owner, found.sealed)
    if (content === undefined) return NOTHING
    const taken = await backend.takeCarried(place.slot)
    return taken.found === 'mine' ? toFirst(place, content) : toLater(found, taken)
  }

  function toFirst(place: SignInPlace, content: CarriedContent | undefined): TakenSignIn {
    if (content === undefined) return NOTHING
    const { startedFrom, ...pending } = content.pending
    const duplicates = new Duplicates(backend, sealer, place)
    return { found: 'pending', pending, appData: content.appData, startedFrom, duplicates }
  }

  function toLater(sought: FoundSignIn, taken: TakenByAnother): TakenSignIn {
    if (taken.found === 'running') return { found: 'running', wait: () => untilAnswered(sought) }
    if (taken.found !== 'outcome') return NOTHING
    const outcome = openOutcome(sealer, sought.place, taken.outcome)
    return outcome === undefined ? NOTHING : { found: 'outcome', outcome }
  }

  async function untilAnswered(sought: FoundSignIn): Promise<TakenSignIn> {
    const until = performance.now() + LONGEST_WAIT
    for (let wait = FIRST_POLL; performance.now() < until; wait = Math.min(wait * 2, SLOWEST_POLL)) {
      await delay(wait)
      const taken = await takeOnce(sought)
      if (taken.found !== 'running') return taken
    }
    throw new SignInRefusedError('replayed', 'The callback was sent twice, and the first one is not answered yet.')
  }

  return {
    async rememberSignIn(req, res, begun, appData) {
      const from = appData === undefined ? undefined : context.visits.get(req)?.address
      const pending: KeptSignIn =
        from === undefined ? begun : { ...begun, startedFrom: { tag: from.tag, name: from.name } }
      const state = states.issue(config.clock(), pending.restarted)
      const allow = pending.expectedSub === undefined ? allowances.stranger : allowances.user
      if (!allow()) {
        cookies.set(req, res, state, carry(cookies.carriedPlace(state), pending, appData))
        return state
      }
      const place = cookies.newPlace(state)
      await keep(place, pending, appData)
      const dropped = cookies.set(req, res, state, place.owner)
      // It goes by itself within ten minutes if this does not reach the store.
      if (dropped !== undefined) await backend.forgetPending([dropped]).catch(function later() {})
      return state
    },

    readState: (text) => states.read(text, config.clock()),

    async takeSignIn(req, res, state, admit) {
      const found = cookies.find(req, state)
      if (found === undefined) return NOTHING
      if (state.expired) {
        cookies.clear(res, state)
        return NOTHING
      }
      await admit?.()
      const taken = await takeOnce(found)
      // What is not found here may be of a newer release, and found there. It goes by itself.
      if (taken.found !== 'nothing') cookies.clear(res, state)
      return taken
    },

    settleSignIn: (res, { duplicates }, answer) => duplicates.tell({ ...answer, cookies: cookiesSet(res) }),
  }
}
