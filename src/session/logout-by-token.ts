/** Carrying out a verified back-channel logout token, once. OpenID Connect Back-Channel Logout 1.0, section 2.7. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { StoreUnavailableError } from '../errors.js'
import { CLAIM_PENDING } from './backend.js'
import type { Claimed, LogoutClaim, Settlement } from './backend.js'
import { absoluteLifetime, tagsOfUser } from './context.js'
import type { Context } from './context.js'
import { endAllOfSid, endAllOfUser } from './end-sessions.js'
import type { AllEnded } from './end-sessions.js'
import { nameOf } from './records/session-id.js'
import { sidNameOf } from './sid-name.js'
import type { LogoutTokenUse } from './sessions.js'

/** Longer than a token is accepted by its `iat` and `exp`, in milliseconds. */
const TOKEN_REMEMBERED = 15 * 60_000
/** Another attempt that died leaves its claim for `CLAIM_PENDING`; nobody waits much longer than that, in milliseconds. */
const LONGEST_WAIT = CLAIM_PENDING + 500
const POLL_EVERY = 40

/** See `Sessions.endByLogoutToken`. */
export async function endByLogoutToken(context: Context, token: LogoutTokenUse): Promise<'done' | 'replayed'> {
  const { backend } = context
  const { claim, attempt, end } = planFor(context, token)
  const claimed = await untilClaimed(attempt)
  if (claimed.claim === 'done') return 'replayed'
  try {
    const { settled } = await end(claimed.tags)
    if (!settled) await backend.settleClaim(claim, TOKEN_REMEMBERED)
  } catch (error) {
    // So that CIS2 can send it again; otherwise the claim goes by itself.
    await backend.dropClaim(claim).catch(function goesByItself() {})
    throw error
  }
  return 'done'
}

interface Plan {
  readonly claim: LogoutClaim
  readonly attempt: () => Promise<Claimed>
  readonly end: (tags: readonly string[]) => Promise<AllEnded>
}

/**
 * A token with a `sid` ends that `sid` whatever its `iat`; one with a `sub` only ends sign-ins up to its `iat`. One with
 * both also ends the user's sessions whose ID token had no `sid`, up to its `iat`: they may be what it is about.
 */
function planFor(context: Context, { sid, sub, issuedAt, tokenId }: LogoutTokenUse): Plan {
  const { backend, config } = context
  const bar = absoluteLifetime(context)
  const mark = { tokenName: nameOf(tokenId), attempt: randomBytes(12).toString('base64url') }

  /** The claim becomes final with the last ending, where one step can do both. */
  function inOneStep(claim: LogoutClaim, tags: readonly string[]): Settlement | undefined {
    return backend.crossesSlots() || claim.slot === tags.at(-1) ? { claim, lifetime: TOKEN_REMEMBERED } : undefined
  }

  const tagsOfSub: readonly string[] = sub === undefined ? [] : tagsOfUser(context, sub)
  if (sid !== undefined) {
    const sidName = sidNameOf(config, sid)
    const claim = { slot: sidName, ...mark }
    const which = { sidName, bar, withoutSidUpTo: sub === undefined ? undefined : issuedAt }
    return {
      claim,
      attempt: () => backend.claimSidLogout(claim, bar),
      end(tagsOfSid) {
        const tags = [...new Set([...tagsOfSid, ...tagsOfSub])]
        return endAllOfSid(context, tags, { ...which, settle: inOneStep(claim, tags) }, 'back-channel')
      },
    }
  }
  const claim = { slot: tagsOfSub[0] ?? '', ...mark }
  const settle = inOneStep(claim, tagsOfSub)
  return {
    claim,
    attempt: () => backend.claimSubLogout(claim),
    end: () => endAllOfUser(context, tagsOfSub, { upTo: issuedAt, bar, settle }, 'back-channel'),
  }
}

/** One attempt at a time: a copy of the token waits for the first, and takes over when that one has died. */
async function untilClaimed(attempt: () => Promise<Claimed>): Promise<Exclude<Claimed, { claim: 'pending' }>> {
  const until = performance.now() + LONGEST_WAIT
  for (;;) {
    const claimed = await attempt()
    if (isSettled(claimed)) return claimed
    if (performance.now() >= until)
      throw new StoreUnavailableError('Another attempt at this logout is still under way.')
    await delay(POLL_EVERY)
  }
}

function isSettled(claimed: Claimed): claimed is Exclude<Claimed, { claim: 'pending' }> {
  return claimed.claim !== 'pending'
}
