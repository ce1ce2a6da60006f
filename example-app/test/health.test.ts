/** What the orchestrator is told, whatever becomes of Redis. */
import express from 'express'
import type { Cis2Health } from 'express-cis2'
import request from 'supertest'

import { healthRoutes } from '../src/health.js'

const part = (status: Cis2Health['status']) => ({ status, since: 0 })

function probed() {
  let status: Cis2Health['status'] = 'down'
  const auth = { health: () => Promise.resolve({ status, provider: part('ok'), store: part(status) }) }
  const app = express().use(healthRoutes(auth))
  return {
    ask: async (path: string) => (await request(app).get(path)).status,
    becomes: (next: Cis2Health['status']) => {
      status = next
    },
  }
}

describe('the probes', () => {
  it('find the process alive, with Redis or without', async () => {
    expect(await probed().ask('/health/live')).toBe(200)
  })

  it('send nobody to an instance that has never reached Redis', async () => {
    const { ask, becomes } = probed()
    expect(await ask('/health/ready')).toBe(503)
    becomes('degraded')
    expect(await ask('/health/ready')).toBe(200)
  })

  it('leave an instance in service when Redis goes away: all would go at once', async () => {
    const { ask, becomes } = probed()
    becomes('ok')
    await ask('/health/ready')
    becomes('down')
    expect(await ask('/health/ready')).toBe(200)
  })
})
