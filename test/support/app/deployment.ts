/** Several instances of one application behind a balancer, replaced one by one. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { Cis2Event } from '../../../src/index.js'
import { freePort } from '../free-port.js'
import type { Balancer } from './balancer.js'

/** What an instance is started with: options that survive a message. Keys are private JWKs. */
export interface InstanceConfig {
  /** Path of the built package. */
  readonly build: string
  readonly options: Readonly<Record<string, unknown>>
}

export interface Deployment {
  /** Refusals and outages that any instance has told of. */
  readonly events: readonly Cis2Event[]
  /** Instances that did not end by themselves, and with success, when they were asked to. */
  readonly unclean: readonly string[]
  /** Replaces all, one by one: a new one serves before an old one leaves. */
  roll(config: InstanceConfig): Promise<void>
  /** Replaces one. */
  replace(at: number, config: InstanceConfig): Promise<void>
  portOf(at: number): number
  /** The open handles of each instance when it began to serve, by its process. */
  readonly handlesAtStart: ReadonlyMap<number, readonly string[]>
  /** What each instance holds now. */
  measure(): Promise<Measured[]>
  stop(): Promise<void>
}

/** What an instance holds, in bytes after a collection, and the kinds of its open handles. */
export interface Measured {
  readonly pid: number
  readonly memory: number
  readonly rss: number
  readonly handles: readonly string[]
}

interface Instance {
  readonly child: ChildProcess
  readonly port: number
}

/** From when no more requests are sent until SIGTERM, in milliseconds: `preStop`. */
const PRE_STOP = 1_000
const STARTS_WITHIN = 60_000
const ENDS_WITHIN = 15_000

export async function deploy(balancer: Balancer, count: number, first: InstanceConfig): Promise<Deployment> {
  const events: Cis2Event[] = []
  const unclean: string[] = []
  const instances: Instance[] = []
  const handlesAtStart = new Map<number, readonly string[]>()

  async function start({ build, options }: InstanceConfig): Promise<Instance> {
    const port = await freePort()
    const child = fork(resolve(__dirname, '../commands/clinic-instance.mjs'), [], {
      env: { ...process.env, NODE_ENV: 'production' },
      execArgv: [],
    })
    child.on('message', ({ event }: { event?: Cis2Event }) => {
      if (event !== undefined) events.push(event)
    })
    child.send({ build, port, options })
    const ready = new Promise<void>((serve, fail) => {
      child.on('message', (message: { ready?: true }) => {
        if (message.ready === true) serve()
      })
      child.once('exit', (code) => {
        fail(new Error(`an instance ended with ${String(code)} before it served`))
      })
    })
    await Promise.race([ready, delay(STARTS_WITHIN, undefined, { ref: false }).then(tooLate)])
    const { pid, handles } = await measure({ child, port })
    handlesAtStart.set(pid, handles)
    balancer.add(port)
    return { child, port }
  }

  async function retire({ child, port }: Instance): Promise<void> {
    balancer.remove(port)
    await delay(PRE_STOP)
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN)
    const [code, signal] = (await exit) as [number | null, string | null]
    clearTimeout(kill)
    if (code !== 0) unclean.push(`${String(code)} ${String(signal)}`)
  }

  async function replace(at: number, config: InstanceConfig): Promise<void> {
    const old = instances[at]
    instances[at] = await start(config)
    if (old !== undefined) await retire(old)
  }

  for (let at = 0; at < count; at++) await replace(at, first)
  return {
    events,
    unclean,
    handlesAtStart,
    replace,
    portOf: (at) => Number(instances[at]?.port),
    measure: () => Promise.all(instances.map(measure)),
    async roll(config) {
      for (let at = 0; at < instances.length; at++) await replace(at, config)
    },
    async stop() {
      await Promise.all(instances.map(retire))
    },
  }
}

function measure({ child }: Instance): Promise<Measured> {
  return new Promise((resolve) => {
    child.on('message', function hear(message: { measured?: Measured }) {
      if (message.measured === undefined) return
      child.off('message', hear)
      resolve(message.measured)
    })
    child.send('measure')
  })
}

function tooLate(): never {
  throw new Error('an instance did not serve in time')
}
