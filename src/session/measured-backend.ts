/** A store whose every operation is measured. */
import type { Measure } from '../telemetry/telemetry.js'
import type { Backend } from './backend.js'

// The compiler refuses this table when an operation is added and not listed here.
const OPERATIONS = Object.keys({
  read: true,
  unslide: true,
  readTokens: true,
  saveAppData: true,
  readApiToken: true,
  claimApiToken: true,
  prolongApiToken: true,
  saveApiToken: true,
  dropApiToken: true,
  createAnonymous: true,
  end: true,
  claimSid: true,
  signIn: true,
  forgetGone: true,
  tagsOfSid: true,
  claimSidLogout: true,
  claimSubLogout: true,
  settleClaim: true,
  dropClaim: true,
  namesOfSid: true,
  namesOfUser: true,
  endNamed: true,
  namesListed: true,
  lookAt: true,
  hear: true,
  rememberPending: true,
  forgetPending: true,
  takePending: true,
  takeCarried: true,
  settlePending: true,
} satisfies Record<Exclude<keyof Backend, 'crossesSlots' | 'ready' | 'health' | 'close'>, true>) as Operation[]

type Operation = Exclude<keyof Backend, 'crossesSlots' | 'ready' | 'health' | 'close'>

/** The same store, its operations timed by name; nothing of what they are called with is told. */
export function measuredBackend(backend: Backend, measure: Measure): Backend {
  function measured(operation: Operation) {
    const call = backend[operation].bind(backend) as (...args: unknown[]) => Promise<unknown>
    return (...args: unknown[]) => measure({ kind: 'store', operation }, () => call(...args))
  }
  const timed = Object.fromEntries(OPERATIONS.map((operation) => [operation, measured(operation)]))
  return { ...backend, ...timed }
}
