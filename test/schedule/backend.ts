/** A store whose every operation waits for its turn in a schedule, and is told to whoever watches. */
import type { ClaimedApiToken } from '../../src/session/api-token-store.js'
import type { Backend, Claimed, TakenRecord } from '../../src/session/backend.js'
import type { Schedule } from './schedule.js'

const OPERATIONS = [
  'read',
  'unslide',
  'readTokens',
  'saveAppData',
  'readApiToken',
  'claimApiToken',
  'saveApiToken',
  'dropApiToken',
  'createAnonymous',
  'end',
  'claimSid',
  'signIn',
  'forgetGone',
  'tagsOfSid',
  'claimSidLogout',
  'claimSubLogout',
  'settleClaim',
  'dropClaim',
  'namesOfSid',
  'namesOfUser',
  'endNamed',
  'namesListed',
  'lookAt',
  'hear',
  'rememberPending',
  'forgetPending',
  'takePending',
  'takeCarried',
  'settlePending',
] as const satisfies readonly (keyof Backend)[]

export type Operation = (typeof OPERATIONS)[number]

/** An operation as it was carried out. */
export type Done = {
  [Name in Operation]: {
    readonly operation: Name
    readonly args: Parameters<Backend[Name]>
    readonly reply: Awaited<ReturnType<Backend[Name]>>
    readonly step: number
  }
}[Operation]

export interface GateSettings {
  /** Where the operation is carried out in the end. */
  readonly inner: () => Backend
  readonly schedule: () => Schedule | undefined
  readonly watch: (done: Done) => void
  /** The store itself is in trouble: what comes of the schedule says nothing. */
  readonly disturbed: () => void
  /** Operations that wait for no turn: those that touch keys of one flow alone, so that their order cannot matter. */
  readonly free: ReadonlySet<Operation>
  /** Whether a sign-in takes one step, or three as on a Cluster. */
  readonly crossesSlots: boolean
}

export function gatedBackend({ inner, schedule, watch, disturbed, free, crossesSlots }: GateSettings): Backend {
  function gate(operation: Operation): (...args: unknown[]) => Promise<unknown> {
    return function atBarrier(...args) {
      async function carryOut(step: number): Promise<unknown> {
        const act = inner()[operation] as (...args: unknown[]) => Promise<unknown>
        const reply = await act(...args).catch((error: unknown) => {
          disturbed()
          throw error
        })
        watch({ operation, args, reply, step } as Done)
        return reply
      }
      const current = schedule()
      if (current === undefined) return carryOut(0)
      if (free.has(operation)) return carryOut(current.step)
      return current.pass(operation, carryOut, (reply) => isBusy(operation, reply))
    }
  }
  const gated = Object.fromEntries(OPERATIONS.map((operation) => [operation, gate(operation)]))
  return {
    ...(gated as unknown as Pick<Backend, Operation>),
    crossesSlots: () => crossesSlots,
    // A timer's, not a flow's.
    prolongApiToken: (...args) => inner().prolongApiToken(...args),
    ready: () => inner().ready(),
    health() {
      const health = inner().health()
      if (health.status !== 'ok') disturbed()
      return health
    },
    close: () => inner().close(),
  }
}

/** The caller will wait a little and ask again. */
function isBusy(operation: Operation, reply: unknown): boolean {
  if (operation === 'takePending' || operation === 'takeCarried') return (reply as TakenRecord).found === 'running'
  if (operation === 'claimSidLogout' || operation === 'claimSubLogout') return (reply as Claimed).claim === 'pending'
  if (operation === 'claimApiToken') return (reply as ClaimedApiToken).claim === 'busy'
  return false
}
