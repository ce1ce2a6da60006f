/** An instance of the application in a process of its own. */
import { fork, spawnSync } from 'node:child_process'
import { on, once } from 'node:events'
import { join, resolve } from 'node:path'

import { APP_KEY } from '../app/start-app.js'

export interface InstanceSettings {
  readonly issuer: string
  readonly clientId: string
  readonly baseUrl: string
  readonly privateKey: string
  readonly session: { readonly secret: string; readonly keyPrefix: string }
  /** An address, or the nodes of a Cluster. */
  readonly redis: string | readonly { readonly host: string; readonly port: number }[]
}

export type ToParent = { readonly url: string } | { readonly now: number }

export interface OtherProcess {
  /** Where it listens. */
  readonly url: string
  /** Sets its clock, in epoch milliseconds. */
  setClock(now: number): Promise<void>
  stop(): Promise<void>
}

export async function startOtherProcess(
  settings: Omit<InstanceSettings, 'privateKey'>,
  now: number,
): Promise<OtherProcess> {
  const child = fork(bundle(), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const said = on(child, 'message')
  async function hear(): Promise<ToParent> {
    const { value } = (await said.next()) as { value: [ToParent] }
    return value[0]
  }
  const privateKey = APP_KEY.export({ type: 'pkcs8', format: 'pem' }).toString()
  child.send({ start: { ...settings, privateKey }, now })
  const started = await Promise.race([hear(), once(child, 'exit').then(() => undefined)])
  if (started === undefined || !('url' in started)) throw new Error('the other process did not start')
  return {
    url: started.url,
    async setClock(time) {
      child.send({ now: time })
      await hear()
    },
    async stop() {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}

/** Node does not run TypeScript: esbuild makes one file of the program and our source, below what it imports. */
function bundle(): string {
  const file = resolve(`node_modules/.cache/express-cis2/instance-${String(process.pid)}.mjs`)
  const { status, stderr } = spawnSync(
    resolve('node_modules/.bin/esbuild'),
    [
      join(import.meta.dirname, 'instance.ts'),
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--packages=external',
      '--log-level=error',
      `--outfile=${file}`,
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  return file
}
