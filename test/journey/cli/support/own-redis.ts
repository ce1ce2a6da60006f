/** A Redis server of a test's own, which it may spoil. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Redis } from 'ioredis'

import { freePort } from '../../../support/free-port.js'

export interface OwnRedis {
  readonly port: number
  readonly url: string
  /** Connected, with all rights. */
  readonly admin: Redis
  stop(): Promise<void>
}

export async function startOwnRedis(...settings: string[]): Promise<OwnRedis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'cis2-own-redis-'))
  const server = spawn(
    redisServer(),
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...settings],
    { stdio: 'ignore', cwd: folder },
  )
  // Refused until the server listens: tried again for five seconds.
  const admin = new Redis({
    port,
    host: '127.0.0.1',
    retryStrategy: (attempt) => (attempt < 250 ? 20 : null),
    maxRetriesPerRequest: 250,
  })
  admin.on('error', () => {})
  async function stop(): Promise<void> {
    admin.disconnect()
    await ended(server)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await admin.ping()
  } catch (error) {
    await stop()
    throw error
  }
  return { port, url: `redis://127.0.0.1:${String(port)}`, admin, stop }
}

function redisServer(): string {
  const binary = process.env.CIS2_REDIS_SERVER
  if (binary === undefined)
    throw new Error('This test starts a Redis of its own: it needs redis-server on this machine.')
  return binary
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exit = once(server, 'exit')
  server.kill('SIGKILL')
  await exit
}
