/** What a session's record says: made, sealed, opened, distrusted. */
import type { AccessSubject } from '../../cis2/access-subject.js'
import { recordOfUser, userOfRecord } from '../../cis2/user-record.js'
import type { SignInTokens } from '../../cis2/tokens.js'
import type { Cis2User } from '../../cis2/user.js'
import { sidHashOf } from '../../events.js'
import { deepFreeze } from '../../primitives/deep-freeze.js'
import { rememberOpened, type OpenedSession, type SealedSession } from './opened-sessions.js'
import type { Sealer } from './seal.js'
import type { SessionFacts } from '../session-facts.js'
import type { NewSession } from '../sessions.js'
import { packText, unpackText } from './user-text.js'

/** What every request reads. */
export interface SmallRecord {
  readonly subject: AccessSubject
  readonly sid: string | undefined
  /** Epoch seconds. */
  readonly signedInAt: number
  /** Epoch milliseconds; the same as the plain field that the scripts read. */
  readonly absolute: number
}

/** Who had a session, and in which CIS2 session; for the audit stream. */
export interface Note {
  readonly sub?: string
  readonly sidHash?: string
}

/** A session's fields, each sealed by itself: the guard opens the small one only. */
export interface SealedFields {
  readonly small: Buffer
  readonly user: Buffer
  readonly tokens: Buffer
  readonly appData: Buffer | undefined
  readonly note: Buffer
}

/** A name of its own: an instance of a version that knows another form finds a record that it cannot open. */
const USER = 'u2'

export type AppData = Record<string, unknown>

/** A session whose records are open. */
export type Opened = OpenedSession<SmallRecord>

export interface SessionRecords {
  seal(id: string, tag: string, session: NewSession, small: SmallRecord, appText: string | undefined): SealedFields
  /** Undefined when the small record cannot be read. */
  open(id: string, sealed: SealedSession): Opened | undefined
  /** What was sealed just now. */
  made(id: string, sealed: SealedSession, small: SmallRecord): Opened
  openTokens(id: string, sealed: Buffer): SignInTokens | undefined
  sealAppData(id: string, text: string): Buffer
  sealApiToken(id: string, text: string): Buffer
  openApiToken(id: string, sealed: Buffer): string | undefined
  openAppData(id: string, sealed: Buffer): { readonly text: string; readonly data: AppData } | undefined
  openNote(tag: string, sealed: Buffer): Note
  /** Undefined for a session of a version that did not write them down, or that cannot be opened. */
  openFacts(tag: string, sealed: Buffer): SessionFacts | undefined
}

export function createSessionRecords(sealer: Sealer): SessionRecords {
  function open(owner: string, field: string, sealed: Buffer): unknown {
    const text = sealer.open(owner, field, sealed)
    // What opens was sealed by us: it is JSON.
    return text === undefined ? undefined : JSON.parse(text)
  }

  function openWhole(tag: string, sealed: Buffer): Note & { readonly facts?: SessionFacts } {
    return (open(tag, 'n', sealed) as Note | undefined) ?? {}
  }

  function openSmall(id: string, sealed: Buffer): SmallRecord | undefined {
    return deepFreeze(open(id, 'm', sealed)) as SmallRecord | undefined
  }

  function openUser(id: string, sealed: Buffer): Cis2User | undefined {
    const packed = sealer.openBytes(id, USER, sealed)
    // Version 0.1.0 kept the user as plain JSON: its sessions live on through the upgrade.
    return packed === undefined
      ? (deepFreeze(open(id, 'u', sealed)) as Cis2User | undefined)
      : userOfRecord(unpackText(packed))
  }

  return {
    seal(id, tag, session, small, appText) {
      const note = { ...noteOf(session.user.sub, session.sid), facts: factsOf(small) }
      return {
        small: sealer.seal(id, 'm', JSON.stringify(small)),
        user: sealer.seal(id, USER, packText(session.userText ?? recordOfUser(session.user))),
        tokens: sealer.seal(id, 't', JSON.stringify(session.tokens)),
        appData: appText === undefined ? undefined : sealer.seal(id, 'a', appText),
        // Sealed under the tag: whoever ends a user's sessions by the index does not know their ids.
        note: sealer.seal(tag, 'n', JSON.stringify(note)),
      }
    },
    ...rememberOpened({ small: openSmall, user: openUser }),
    openTokens: (id, sealed) => open(id, 't', sealed) as SignInTokens | undefined,
    sealAppData: (id, text) => sealer.seal(id, 'a', text),
    sealApiToken: (id, text) => sealer.seal(id, 'p', text),
    openApiToken: (id, sealed) => sealer.open(id, 'p', sealed),
    openAppData(id, sealed) {
      const text = sealer.open(id, 'a', sealed)
      return text === undefined ? undefined : { text, data: parseAppData(text) }
    },
    openNote(tag, sealed) {
      const { sub, sidHash } = openWhole(tag, sealed)
      return { ...(sub === undefined ? {} : { sub }), ...(sidHash === undefined ? {} : { sidHash }) }
    },
    openFacts: (tag, sealed) => openWhole(tag, sealed).facts,
  }
}

function factsOf({ signedInAt, subject: { aal, authenticatedAt, selectedRole } }: SmallRecord): SessionFacts {
  const facts = { signedInAt, authenticatedAt, aal }
  if (selectedRole === undefined) return facts
  return { ...facts, role: selectedRole.code, organisation: selectedRole.organisation }
}

export function noteOf(sub: string, sid: string | undefined): Note {
  return sid === undefined ? { sub } : { sub, sidHash: sidHashOf(sid) }
}

/** The application's own data as text; undefined when there is none. */
export function appTextOf(session: object): string | undefined {
  const names = Object.keys(session).filter((name) => name !== 'cookie')
  if (names.length === 0) return undefined
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, (session as AppData)[name]])))
}

/** A key called `__proto__`, at any depth, would become somebody's prototype with the next copy. */
export function parseAppData(text: string): AppData {
  const data: unknown = text.includes('__proto__')
    ? JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value))
    : JSON.parse(text)
  return data as AppData
}
