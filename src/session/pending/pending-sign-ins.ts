/** Sign-ins under way: remembered for one browser, taken out once, and answered alike to duplicates of the callback. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { SignInRefusedError } from '../../errors.js'
import type { PendingOutcome, TakenRecord } from '../backend.js'
import type { Context } from '../context.js'
import { parseAppData } from '../records/session-record.js'
import type { PendingSignIn, Sessions, SignInOutcome, TakenSignIn } from '../sessions.js'
import { createSignInCookies } from './sign-in-cookies.js'
import type { SignInPlace } from './sign-in-cookies.js'
import { createSignInStates, isExpired } from './sign-in-state.js'

/** Greatest size of a stored sign-in, in bytes. */
const MOST_BYTES = 1024
/** A duplicate waits so long for the first callback, in milliseconds. */
const LONGEST_WAIT = 5_000
const FIRST_POLL = 20
const SLOWEST_POLL = 200

type FirstSignIn = Extract<TakenSignIn, { found: 'pending' }>
type PendingSignIns = Pick<Sessions, 'rememberSignIn' | 'inspectState' | 'takeSignIn'>

export function createPendingSignIns(context: Context): PendingSignIns {
  const { backend, config, sealer, secrets } = context
  const states = createSignInStates(secrets)
  const cookies = createSignInCookies(config)

  /** A return address that does not fit is not worth refusing the sign-in for. */
  function seal({ owner }: SignInPlace, pending: PendingSignIn): Buffer {
    const sealed = sealer.seal(owner, 'l', JSON.stringify(pending))
    if (sealed.length <= MOST_BYTES) return sealed
    const returnTo = config.baseUrl.path + config.defaultReturnPath
    return sealer.seal(owner, 'l', JSON.stringify({ ...pending, returnTo }))
  }

  function open({ owner }: SignInPlace, field: string, sealed: Buffer): unknown {
    const text = sealer.open(owner, field, sealed)
    return text === undefined ? undefined : JSON.parse(text)
  }

  function toTaken(place: SignInPlace, taken: TakenRecord): TakenSignIn {
    if (taken.found === 'outcome') {
      const outcome = open(place, 'lo', taken.outcome) as SignInOutcome | undefined
      return outcome === undefined ? { found: 'nothing' } : { found: 'outcome', outcome }
    }
    if (taken.found !== 'record') return { found: 'nothing' }
    // What opens was sealed by us, for this browser.
    const pending = open(place, 'l', taken.record) as PendingSignIn | undefined
    const appText = taken.appData === undefined ? undefined : sealer.open(place.owner, 'la', taken.appData)
    const appData = appText === undefined ? undefined : parseAppData(appText)
    if (pending === undefined) return { found: 'nothing' }
    return { found: 'pending', pending, appData, ...settlement(place) }
  }

  function settlement({ slot, owner }: SignInPlace): Pick<FirstSignIn, 'seal' | 'settle'> {
    let told: string | undefined
    function sealText(text: string): PendingOutcome {
      return { slot, outcome: sealer.seal(owner, 'lo', text) }
    }
    return {
      seal(outcome) {
        told = JSON.stringify(outcome)
        return sealText(told)
      },
      async settle(outcome) {
        const text = JSON.stringify(outcome)
        // A refusal, or an answer that others have added to, is not what was sealed.
        if (text === told) return
        // Without it, duplicates are told that they came too late: nobody is signed in by that.
        await backend.settlePending(sealText(text)).catch(function tooLate() {})
      },
    }
  }

  async function take(slot: string): Promise<TakenRecord> {
    const until = performance.now() + LONGEST_WAIT
    let wait = FIRST_POLL
    for (;;) {
      const taken = await backend.takePending(slot)
      if (taken.found !== 'running') return taken
      if (performance.now() >= until) {
        throw new SignInRefusedError('replayed', 'The callback was sent twice, and the first one is not answered yet.')
      }
      await delay(wait)
      wait = Math.min(wait * 2, SLOWEST_POLL)
    }
  }

  return {
    async rememberSignIn(req, res, pending, appData) {
      const { text, state } = states.issue(config.clock(), pending.restarted)
      const { place, dropped, set } = cookies.create(req, state)
      const sealedData = appData === undefined ? undefined : sealer.seal(place.owner, 'la', JSON.stringify(appData))
      await backend.rememberPending(place.slot, seal(place, pending), sealedData)
      set(res)
      // They go by themselves within ten minutes if this does not reach the store.
      if (dropped.length > 0) await backend.forgetPending(dropped).catch(function later() {})
      return text
    },

    inspectState(text) {
      const state = states.read(text)
      if (state === undefined) return { genuine: false }
      return { genuine: true, expired: isExpired(state, config.clock()), restarted: state.restarted }
    },

    async takeSignIn(req: IncomingMessage, res: ServerResponse, text: string) {
      const state = states.read(text)
      const place = state === undefined ? undefined : cookies.find(req, state)
      if (state === undefined || place === undefined) return { found: 'nothing' }
      const taken = isExpired(state, config.clock()) ? undefined : await take(place.slot)
      cookies.clear(res, state)
      return taken === undefined ? { found: 'nothing' } : toTaken(place, taken)
    },
  }
}
