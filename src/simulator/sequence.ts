/** Tells the request log as a story: one sequence of messages for each sign-in. No HTML. */
import type { Participant, SimulatorRequest } from './request-log.js'

/** One arrow of a diagram. */
export interface Message {
  /** Unique on the page, and the same whenever the page is drawn. */
  readonly id: string
  readonly from: Participant
  readonly to: Participant
  /** Short: a method and a path, or a status. */
  readonly label: string
  readonly refusal?: string | undefined
  /** Names of the faults that spoiled it. */
  readonly faults: readonly string[]
  /** Masked; none where the simulator does not see the message, but knows that it must have been sent. */
  readonly content?: Readonly<Record<string, unknown>> | undefined
  readonly kind: 'request' | 'answer' | 'inferred'
}

/** The messages of one sign-in, from its authorization request to the end of the session; or a refusal of its own. */
export interface Sequence {
  /** As in addresses: `?only=` shows it alone. */
  readonly id: string
  readonly at: string
  readonly title: string
  readonly refused: boolean
  readonly faults: readonly string[]
  readonly messages: readonly Message[]
}

/** Requests that belong to no sign-in: discovery, keys, and what nobody began. */
const OTHERS = 'others'

/** The sequence that a request is drawn in. One that was refused before any sign-in has one of its own. */
export function sequenceIdOf({ id, journey, refusal }: Pick<SimulatorRequest, 'id' | 'journey' | 'refusal'>): string {
  return journey ?? (refusal === undefined ? OTHERS : `request-${id}`)
}

const SHOWN_LENGTH = 48

/** An address without its query, and without the long way to CIS2's realm. */
function shorten(address: string): string {
  const path = address.replace(/\?.*/s, '').replace(/^.*\/realms\/(?=[^/]+\/[^/])[^/]+/, '…')
  return path.length > SHOWN_LENGTH ? `…${path.slice(1 - SHOWN_LENGTH)}` : path
}

function locationOf({ answered }: SimulatorRequest): string | undefined {
  return typeof answered.location === 'string' ? answered.location : undefined
}

function describeAnswer(entry: SimulatorRequest): string {
  const { status, answered } = entry
  if (status === 0) return 'no answer'
  const location = locationOf(entry)
  if (location !== undefined) return `${status}, go to ${shorten(location)}`
  return typeof answered.page === 'string' ? `${status}, page "${answered.page}"` : String(status)
}

/** What the browser must have done before and after, at the application, where the simulator cannot look. */
function inferred(entry: SimulatorRequest): { before: Message[]; after: Message[] } {
  const begins = entry.from === 'browser' && entry.path.endsWith('/authorize')
  const location = locationOf(entry)
  const returns = entry.from === 'browser' && location !== undefined && !location.startsWith('/')
  const make = (suffix: string, message: Pick<Message, 'from' | 'to' | 'label'>): Message => {
    return { ...message, id: `message-${entry.id}-${suffix}`, kind: 'inferred', faults: [] }
  }
  return {
    before: begins ? [make('begin', { from: 'app', to: 'browser', label: 'go to CIS2' })] : [],
    after: returns ? [make('return', { from: 'browser', to: 'app', label: `GET ${shorten(location)}` })] : [],
  }
}

function messagesOf(entry: SimulatorRequest): Message[] {
  const { id, from, to, method, path, sent, answered, refusal, faults = [] } = entry
  // What the simulator says is spoiled: its answers, and the requests that it makes.
  const [asked, said] = from === 'cis2' ? [faults, []] : [[], faults]
  const { before, after } = inferred(entry)
  const request = { from, to, label: `${method} ${shorten(path)}`, content: sent, faults: asked } as const
  const answer = { from: to, to: from, label: describeAnswer(entry), content: answered, refusal, faults: said } as const
  return [
    ...before,
    { ...request, id: `message-${id}-request`, kind: 'request' },
    { ...answer, id: `message-${id}-answer`, kind: 'answer' },
    ...after,
  ]
}

function titleOf(id: string, entries: readonly SimulatorRequest[]): string {
  const [first] = entries
  if (id === OTHERS) return 'Outside any sign-in'
  if (first?.journey === undefined) return `Refused: ${first?.method ?? ''} ${shorten(first?.path ?? '')}`
  const client = first.sent.client_id
  const who = typeof client === 'string' ? ` to ${client}` : ''
  return entries.length === 1 && first.refusal !== undefined ? `Refused before a sign-in${who}` : `Sign-in${who}`
}

function sequenceOf(id: string, entries: readonly SimulatorRequest[]): Sequence {
  const refused = entries.some(({ refusal }) => refusal !== undefined)
  const faults = [...new Set(entries.flatMap((entry) => entry.faults ?? []))]
  const messages = entries.flatMap(messagesOf)
  return { id, at: entries[0]?.at ?? '', title: titleOf(id, entries), refused, faults, messages }
}

/** The newest first; what belongs to no sign-in and was not refused comes last. */
export function toSequences(entries: readonly SimulatorRequest[]): Sequence[] {
  const groups = new Map<string, SimulatorRequest[]>()
  for (const entry of entries) {
    const id = sequenceIdOf(entry)
    const group = groups.get(id)
    if (group) group.push(entry)
    else groups.set(id, [entry])
  }
  const others = groups.get(OTHERS)
  groups.delete(OTHERS)
  const newestFirst = [...groups].reverse()
  return [...newestFirst, ...(others ? [[OTHERS, others] as const] : [])].map(([id, group]) => sequenceOf(id, group))
}
