/** The program of another process: an instance of the application, whose clock its parent sets. See `other-process.ts`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import { Cluster } from 'ioredis'

import { cis2Auth } from '../../../src/index.js'
import { serveLive } from './serve-live.js'
import type { InstanceSettings, ToParent } from './other-process.js'

let now = 0

process.on('disconnect', () => process.exit())
process.on('message', (message: { start: InstanceSettings; now: number } | { now: number }) => {
  now = message.now
  if ('start' in message) void start(message.start)
  else say({ now })
})

async function start({ redis, privateKey, session, ...options }: InstanceSettings): Promise<void> {
  const auth = cis2Auth({
    ...options,
    clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey }] },
    clock: () => now,
    session: { ...session, redis: typeof redis === 'string' ? redis : new Cluster([...redis]) },
  })
  const app = express().use(auth)
  const server = createServer(app)
  serveLive(app, server, () => auth)
  await auth.ready()
  server.listen(0, '127.0.0.1', () => {
    say({ url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` })
  })
}

function say(message: ToParent): void {
  process.send?.(message)
}
