/** Sign-ins under way that the browser carries itself, sealed in their cookie: what begins beyond what the store keeps. */
import type { Place } from '../backend.js'
import { parseAppData } from '../records/session-record.js'
import type { AppData } from '../records/session-record.js'
import { createSealer } from '../records/seal.js'
import type { SessionSecrets } from '../records/session-secrets.js'
import type { PendingSignIn } from '../sessions.js'

const FIELD = 'c'

/** A sign-in as it is kept. */
export interface KeptSignIn extends PendingSignIn {
  /** The place of the session that it began from. */
  readonly startedFrom?: Place | undefined
}

export interface CarriedContent {
  readonly pending: KeptSignIn
  readonly appData: AppData | undefined
}

export interface CarriedSignIns {
  seal(owner: string, content: CarriedContent): Buffer
  /** Undefined when it was not sealed by us, or for another sign-in. */
  open(owner: string, sealed: Buffer): CarriedContent | undefined
}

/** With keys for this use alone: what is sealed for the store opens as nothing here, and the other way round. */
export function createCarriedSignIns([first, ...rest]: SessionSecrets): CarriedSignIns {
  const sealer = createSealer([
    { ...first, sealing: first.carrying },
    ...rest.map((secret) => ({ ...secret, sealing: secret.carrying })),
  ])
  return {
    seal(owner, { pending, appData }) {
      const appText = appData === undefined ? undefined : JSON.stringify(appData)
      return sealer.seal(owner, FIELD, JSON.stringify({ pending, appText }))
    },
    open(owner, sealed) {
      const text = sealer.open(owner, FIELD, sealed)
      if (text === undefined) return undefined
      const { pending, appText } = JSON.parse(text) as { pending: KeptSignIn; appText?: string }
      return { pending, appData: appText === undefined ? undefined : parseAppData(appText) }
    },
  }
}
