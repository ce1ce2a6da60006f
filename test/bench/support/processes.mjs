// Every server is a process of its own on the first processor; load, Redis and provider share the others.
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Redis } from 'ioredis'

import { findProgram, findRedis, missing } from '../../support/commands/programs.mjs'

const here = import.meta.dirname
const taskset = availableParallelism() > 1 ? findProgram(['taskset']) : undefined

/** Whether processes are kept apart. */
export const pinned = taskset !== undefined

/** A command line for the processor of the servers, or for the others. */
export function onProcessor(which, command) {
  if (taskset === undefined) return command
  const last = availableParallelism() - 1
  return [taskset, '-c', which === 'server' ? '0' : last === 1 ? '1' : `1-${last}`, ...command]
}

/** Starts one of `servers/` (or another file of ours) and waits until it says where it listens. */
export async function startServer(file, settings, where = 'server') {
  const nodeOptions = process.env.BENCH_NODE_OPTIONS?.split(' ') ?? []
  const path = resolve(here, '..', file)
  const [program, ...rest] = onProcessor(where, [process.execPath, ...nodeOptions, path, JSON.stringify(settings)])
  const child = spawn(program, rest, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const tell = (message) => {
    child.send(message)
    return answerOf(child, file)
  }
  return {
    ...(await answerOf(child, file)),
    /** Sends a message and waits for the answer. */
    tell,
    /** Processor time so far, in microseconds. */
    async spent() {
      return (await tell('spent')).microseconds
    },
    /** What the process holds now, in bytes. */
    async memory() {
      return (await tell('spent')).memory
    },
    async stop() {
      const exited = new Promise((done) => child.once('exit', done))
      child.disconnect()
      await exited
    },
  }
}

function answerOf(child, file) {
  return new Promise((answer, fail) => {
    const gone = (code) => fail(new Error(`${file} ended with ${code}`))
    child.once('exit', gone)
    child.once('message', (message) => {
      child.off('exit', gone)
      answer(message)
    })
  })
}

/** A Redis of our own, without persistence, on a free port; it ends with us. */
export async function startRedis() {
  const binary = findRedis()
  if (binary === undefined) throw new Error(missing('a Redis server', 'redis-server', 'PATH so that it is found'))
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'cis2-bench-'))
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const keeper = resolve(here, '../../support/commands/keeper.mjs')
  const [program, ...rest] = onProcessor('others', [process.execPath, keeper, '--remove', folder, binary, ...settings])
  const child = spawn(program, rest, { stdio: ['pipe', 'ignore', 'ignore'] })
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 200 })
  client.on('error', () => {})
  await client.ping()
  return {
    url,
    /** For questions to the server. */
    client,
    async stop() {
      client.disconnect()
      const exited = new Promise((done) => child.once('exit', done))
      child.stdin.end()
      await exited
    },
  }
}

function freePort() {
  return new Promise((resolvePort) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolvePort(port))
    })
  })
}
