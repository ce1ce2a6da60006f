// The load generator, a process of its own: wrk when it is installed, else autocannon.
import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { findProgram } from '../../support/commands/programs.mjs'
import { onProcessor } from './processes.mjs'

const run = promisify(execFile)
const wrk = findProgram(['wrk'])
const autocannon = resolve(import.meta.dirname, 'autocannon.mjs')

export const CONNECTIONS = 16
export const generator = wrk === undefined ? 'autocannon' : 'wrk'

/** A machine that is busy with something else makes servers miss their time limits: such a measurement is repeated. */
const ATTEMPTS = 6

/** Asks for `path` as fast as it is answered, with one of the cookies in turn; answers requests per second. */
export async function load(server, path, cookies, seconds) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadOnce(server, path, cookies, seconds)
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
      console.error(`again: ${error.message}`)
    }
  }
}

async function loadOnce(server, path, cookies, seconds) {
  const before = await server.spent()
  const measured = await (wrk === undefined ? byAutocannon : byWrk)(server.url + path, cookies, seconds)
  const after = await server.spent()
  return { ...measured, microseconds: (after - before) / measured.requests }
}

async function byWrk(url, cookies, seconds) {
  const script = resolve(import.meta.dirname, 'cookies.lua')
  const list = join(tmpdir(), `cis2-bench-cookies-${process.pid}`)
  writeFileSync(list, cookies.join('\n'))
  const command = [wrk, '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, url, '--', list]
  const [program, ...rest] = onProcessor('others', command)
  const { stdout } = await run(program, rest).finally(() => rmSync(list))
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url} was not always answered 200`)
  const [, requests] = /(\d+) requests in/.exec(stdout) ?? []
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(stdout) ?? []
  return { requests: Number(requests), rate: Number(rate) }
}

async function byAutocannon(url, cookies, seconds) {
  const settings = JSON.stringify({ url, cookies, seconds, connections: CONNECTIONS })
  const [program, ...rest] = onProcessor('others', [process.execPath, autocannon, settings])
  const { stdout } = await run(program, rest, { maxBuffer: 1e7 })
  return JSON.parse(stdout)
}
