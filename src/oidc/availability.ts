/** How CIS2 is doing, as far as our own calls show: for `health()`, and one event per change. */
import type { Emit } from '../events.js'
import { Fault, type FaultKind } from '../outbound/fault.js'
import type { PartHealth } from '../health.js'

/** What can fail on its own. */
export type Part = 'discovery' | 'keys' | 'exchange'

type Severity = 'degraded' | 'down'

const RANK = { ok: 0, degraded: 1, down: 2 } as const

export interface Availability {
  succeeded(part: Part): void
  /** `down`: nobody can sign in because of it. `degraded`: last good copies serve. */
  failed(part: Part, severity: Severity, error: unknown): void
  health(): PartHealth
}

/** Starts as `down`, reason `starting`, until discovery and keys have succeeded once. */
export function createAvailability(emit: Emit, clock: () => number): Availability {
  const troubles = new Map<Part, { readonly severity: Severity; readonly reason: string }>()
  for (const part of ['discovery', 'keys'] as const) troubles.set(part, { severity: 'down', reason: 'starting' })
  let current: PartHealth = { status: 'down', since: nowSeconds(), reason: 'starting' }
  let isReported = false

  function nowSeconds(): number {
    return Math.floor(clock() / 1000)
  }

  function update(): void {
    const worst = [...troubles.values()].sort((left, right) => RANK[right.severity] - RANK[left.severity])[0]
    const before = current.status
    const status = worst?.severity ?? 'ok'
    const reason = worst === undefined ? {} : { reason: worst.reason }
    current = { status, since: status === before ? current.since : nowSeconds(), ...reason }
    report(RANK[status] - RANK[before])
  }

  /** One event per change for the worse, and one when all is well again. */
  function report(change: number): void {
    const { status, reason = '' } = current
    if (status === 'ok' && isReported) {
      isReported = false
      emit({ type: 'provider.recovered' })
    } else if (status !== 'ok' && reason !== 'starting' && (change > 0 || !isReported)) {
      isReported = true
      emit({ type: 'provider.unavailable', reason })
    }
  }

  return {
    succeeded(part) {
      if (troubles.delete(part)) update()
    },
    failed(part, severity, error) {
      const kind = kindOf(error)
      // Our own doing says nothing about CIS2.
      if (kind === 'closed') return
      troubles.set(part, { severity, reason: `${part}-${kind}` })
      update()
    },
    health: () => current,
  }
}

function kindOf(error: unknown): FaultKind {
  if (error instanceof Fault) return error.kind
  return error instanceof Error && error.cause instanceof Fault ? error.cause.kind : 'content'
}
