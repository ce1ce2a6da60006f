/** Whose confirmation is waited for when a Cluster's table of slots comes only while a write is out. */
import type { Cluster, Redis } from 'ioredis'

import { StoreUnavailableError } from '../../../../src/errors.js'
import type { Cis2Event } from '../../../../src/events.js'
import { createConfirming } from '../../../../src/session/redis/confirming.js'
import type { Connection } from '../../../../src/session/redis/connection.js'
import type { ScriptCall } from '../../../../src/session/redis/scripts/script.js'

const CALL: ScriptCall = { script: { name: 'signIn', lua: '' }, keys: ['{a}:s'], args: [] }

/** No real Cluster can be held between two tables for as long as a test needs. */
function whileTheTableComes({ hasReplicas, confirms = 0 }: { hasReplicas: boolean; confirms?: number }) {
  const events: Omit<Cis2Event, 'at'>[] = []
  let waits = 0
  let written = false
  const node = {
    call() {
      waits += 1
      return Promise.resolve(confirms)
    },
  } as unknown as Redis
  const cluster = {
    callBuffer() {
      written = true
      return Promise.resolve('written')
    },
  } as unknown as Cluster
  const connection = {
    run: (_key: string, action: (client: Cluster) => Promise<unknown>) => action(cluster),
    servers: { of: () => 'one', nodeOf: () => (written ? node : undefined), hasReplicas: () => hasReplicas },
  } as unknown as Connection
  const confirmingAs = (confirmReplicas: 'prefer' | 'require') =>
    createConfirming(connection, { confirmReplicas, emit: (event) => void events.push(event) }).run(CALL, CALL)
  return { confirmingAs, events, waits: () => waits }
}

it('FIELD-3 nobody is waited for, and nothing is told, where there is no replica', async () => {
  const { confirmingAs, events, waits } = whileTheTableComes({ hasReplicas: false })
  expect(await confirmingAs('prefer')).toBe('written')
  expect([waits(), events]).toEqual([0, []])
})

it('FIELD-3 a replica that is there is waited for', async () => {
  const { confirmingAs, events, waits } = whileTheTableComes({ hasReplicas: true, confirms: 1 })
  expect(await confirmingAs('prefer')).toBe('written')
  expect([waits(), events]).toEqual([1, []])
})

it("FIELD-3 under 'require' a write that no replica has is refused, also where there is none", async () => {
  const { confirmingAs, waits } = whileTheTableComes({ hasReplicas: false })
  await expect(confirmingAs('require')).rejects.toThrow(StoreUnavailableError)
  expect(waits()).toBe(1)
})
