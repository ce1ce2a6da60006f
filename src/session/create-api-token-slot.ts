/** A session's token for NHS APIs: opened and sealed here, under the session's id. */
import { randomBytes } from 'node:crypto'

import type { ApiTokenSlot, ApiTokenSlotTurn } from './api-token-slot.js'
import type { Context } from './context.js'
import type { SessionAddress } from './records/session-id.js'

const ATTEMPT_BYTES = 12

export function createApiTokenSlot({ backend, records, config }: Context, address: SessionAddress): ApiTokenSlot {
  const { id } = address

  function turnOf(attempt: string, seen: Buffer | undefined, tokens: Buffer | undefined): ApiTokenSlotTurn {
    return {
      subject: tokens === undefined ? undefined : records.openTokens(id, tokens),
      prolong: () => backend.prolongApiToken(address, attempt),
      settle: (text) =>
        backend.saveApiToken(address, { attempt, seen, token: records.sealApiToken(id, text) }, config.clock()),
      release: () => backend.dropApiToken(address, attempt),
    }
  }

  return {
    name: address.name,
    async read() {
      const found = await backend.readApiToken(address, config.clock())
      if (found === undefined) return undefined
      const { token } = found
      // One that cannot be opened counts as none, and is written over.
      return { text: token === undefined ? undefined : records.openApiToken(id, token), version: token }
    },
    async claim({ version: seen }, keep) {
      const attempt = randomBytes(ATTEMPT_BYTES).toString('hex')
      const kept = keep === undefined ? undefined : records.sealApiToken(id, keep)
      const claimed = await backend.claimApiToken(address, { attempt, seen, kept }, config.clock())
      if (claimed.claim !== 'mine') return { state: claimed.claim }
      return { state: 'mine', turn: turnOf(attempt, kept ?? seen, claimed.tokens) }
    },
  }
}
