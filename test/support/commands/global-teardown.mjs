// Stops what the set-up started, and removes what it made.
import { rmSync } from 'node:fs'

export default async function globalTeardown() {
  const packed = process.env.CIS2_PACKAGE_FOLDER
  delete process.env.CIS2_PACKAGE_FOLDER
  if (packed !== undefined) rmSync(packed, { recursive: true, force: true })
  const keeper = globalThis.__CIS2_REDIS_KEEPER__
  if (keeper === undefined) return
  delete globalThis.__CIS2_REDIS_KEEPER__
  delete process.env.REDIS_URL
  if (keeper.exitCode !== null) return
  const exited = new Promise((resolve) => keeper.once('exit', resolve))
  keeper.stdin.end()
  await exited
}
