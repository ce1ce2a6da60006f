import { createMemoryBackend } from '../../../src/session/memory/backend.js'
import { measuredBackend } from '../../../src/session/measured-backend.js'
import type { Measure } from '../../../src/telemetry/telemetry.js'
import type { Step } from '../../../src/telemetry/span.js'
import { rejectionOf } from '../../support/thrown-by.js'

const steps: Step[] = []
const measure: Measure = (step, work) => {
  steps.push(step)
  return work()
}

beforeEach(() => {
  steps.length = 0
})

describe('measuredBackend', () => {
  it('does what the store does, and measures every operation by name and without its arguments', async () => {
    const backend = measuredBackend(
      createMemoryBackend(() => 1_790_000_000_000),
      measure,
    )
    await expect(backend.tagsOfSid('canary', 1)).resolves.toEqual([])
    await backend.rememberPending('canary', Buffer.from('record'), undefined)
    await expect(backend.takePending('canary')).resolves.toMatchObject({ found: 'record' })
    expect(steps).toEqual([
      { kind: 'store', operation: 'tagsOfSid' },
      { kind: 'store', operation: 'rememberPending' },
      { kind: 'store', operation: 'takePending' },
    ])
  })

  it('leaves what is no operation as it is', async () => {
    const backend = measuredBackend(
      createMemoryBackend(() => 1_790_000_000_000),
      measure,
    )
    await backend.ready()
    expect(backend.health()).toEqual({ status: 'ok', since: 1_790_000_000 })
    await backend.close()
    expect(steps).toEqual([])
  })

  it('rejects as the store does', async () => {
    const failure = new Error('down')
    const store = { ...createMemoryBackend(Date.now), readTokens: () => Promise.reject(failure) }
    const place = { tag: 't', name: 'n' }
    expect(await rejectionOf(measuredBackend(store, measure).readTokens(place))).toBe(failure)
  })
})
