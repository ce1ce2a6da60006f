/** Redis servers of a test's own, which it may spoil: crash, freeze, fill, restrict. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { Redis, type RedisOptions } from 'ioredis'

import { freePort } from '../free-port.js'

export interface RedisServer {
  readonly port: number
  /** Where Cluster nodes speak to each other. */
  readonly bus: number | undefined
  readonly url: string
  /** With all rights; connects again by itself. */
  readonly admin: Redis
  /** As a power cut would (SIGKILL). */
  crash(): Promise<void>
  /** Alive for TCP, answers nothing (SIGSTOP). */
  freeze(): void
  thaw(): void
  /** An empty one at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface StartRedis {
  readonly settings?: readonly string[]
  /** In place of the settings: a file, and what to be. */
  readonly program?: readonly string[]
  readonly port?: number
  readonly bus?: number
  readonly directory?: string
  readonly admin?: Pick<RedisOptions, 'host' | 'tls' | 'password'>
  /** What `INFO` is called, where the settings rename it. */
  readonly info?: string
  /** What runs the server in its place of the network. */
  readonly within?: readonly string[]
}

/** A directory that goes with the server that is given it. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'cis2-redis-'))
}

export async function startRedis({
  settings = [],
  program,
  port: wanted,
  bus,
  directory: given,
  admin: adminOptions,
  info = 'info',
  within = [],
}: StartRedis = {}): Promise<RedisServer> {
  const port = wanted ?? (await freePort())
  const admin = new Redis({
    port,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    // It asks INFO by that name.
    enableReadyCheck: info === 'info',
    ...adminOptions,
  })
  // Refused until the server listens, and whenever a test has stopped it.
  admin.on('error', () => {})
  let running = await launch()

  async function launch(): Promise<Running> {
    const directory = given ?? temporaryDirectory()
    // The keeper of an earlier one took it away.
    mkdirSync(directory, { recursive: true })
    const keeper = spawnServer(directory, within, program ?? settingsOf(port, directory, settings))
    return { keeper, pid: await pidOf(admin, info) }
  }

  async function crash(): Promise<void> {
    if (running.keeper.exitCode !== null) return
    const exited = once(running.keeper, 'exit')
    process.kill(running.pid, 'SIGKILL')
    await exited
  }

  return {
    port,
    bus,
    url: `redis://${adminOptions?.host ?? '127.0.0.1'}:${String(port)}`,
    admin,
    crash,
    freeze: () => void process.kill(running.pid, 'SIGSTOP'),
    thaw: () => void process.kill(running.pid, 'SIGCONT'),
    async restart() {
      await crash()
      running = await launch()
    },
    async stop() {
      admin.disconnect()
      await crash()
    },
  }
}

interface Running {
  readonly keeper: ChildProcess
  readonly pid: number
}

function settingsOf(port: number, directory: string, settings: readonly string[]): readonly string[] {
  const quiet = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory]
  return ['--port', String(port), ...quiet, ...settings]
}

/** The keeper stops it when this process ends, however it ends. */
function spawnServer(directory: string, within: readonly string[], commandLine: readonly string[]): ChildProcess {
  const binary = process.env.CIS2_REDIS_SERVER
  if (binary === undefined)
    throw new Error('This test starts a Redis of its own: it needs redis-server on this machine.')
  const keeper = resolve('test/support/commands/keeper.mjs')
  return spawn(process.execPath, [keeper, '--remove', directory, ...within, binary, ...commandLine], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

async function pidOf(admin: Redis, info: string): Promise<number> {
  const pid = /^process_id:(\d+)/m.exec(String(await admin.call(info, 'server')))?.[1]
  return Number(pid)
}

/** Asks until it is so: for what happens in another process. */
export async function until(question: () => boolean | Promise<boolean>, what: string, limit = 45_000): Promise<void> {
  const end = performance.now() + limit
  for (;;) {
    if (await question()) return
    if (performance.now() > end) throw new Error(`Not within ${String(limit)} ms: ${what}`)
    await new Promise((next) => setTimeout(next, 20))
  }
}
