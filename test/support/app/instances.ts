/** Several instances of one application, each a process of its own, behind one address. */
import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'

import type { SessionOptions } from '../../../src/options/cis2-options.js'
import { Browser } from './browser.js'
import type { ScriptedProvider } from './scripted-provider.js'
import { APP_KEY } from './start-app.js'

export interface Instances {
  readonly baseUrl: string
  browser(): Browser
  stop(): Promise<void>
}

export interface InstancesSettings {
  readonly count: number
  readonly provider: ScriptedProvider
  /** Of a Redis Cluster. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly session: Omit<SessionOptions, 'redis' | 'secret'>
}

/** The package as it is now; the processes know no TypeScript. */
const BUILD = `import { buildPackage } from './test/bench/support/build.mjs'
console.log(JSON.stringify(await buildPackage()))`

export async function startInstances({ count, provider, nodes, session }: InstancesSettings): Promise<Instances> {
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', BUILD], { encoding: 'utf8' })
  const { index } = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as { readonly index: string }
  const ports: number[] = []
  const balancer = balance(ports)
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  const baseUrl = `http://127.0.0.1:${String((balancer.address() as AddressInfo).port)}`
  const settings = {
    built: index,
    nodes,
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientAuthentication: {
      method: 'private_key_jwt',
      keys: [{ privateKey: APP_KEY.export({ type: 'pkcs8', format: 'pem' }) }],
    },
    baseUrl,
    session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', ...session },
  }
  const children = await Promise.all(Array.from({ length: count }, () => startInstance(settings, ports)))
  return {
    baseUrl,
    browser: () => new Browser(),
    async stop() {
      balancer.close()
      balancer.closeAllConnections()
      await Promise.all(children.map(end))
    },
  }
}

async function startInstance(settings: object, ports: number[]): Promise<ChildProcess> {
  const script = resolve(import.meta.dirname, '..', 'commands', 'serve-instance.mjs')
  const child = fork(script, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  child.send(settings)
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('an instance did not start')
    }),
  ])) as [{ readonly port: number }]
  ports.push(message.port)
  return child
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
}

/** Each request to the next one. */
function balance(ports: readonly number[]) {
  let next = 0
  return createServer((req, res) => {
    const port = ports[next++ % ports.length] ?? 0
    const { method = 'GET', url = '/', headers } = req
    const passed = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(res)
    })
    passed.on('error', () => {
      res.destroy()
    })
    req.pipe(passed)
  })
}
