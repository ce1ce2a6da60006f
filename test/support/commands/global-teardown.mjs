// Stops what the set-up started.
export default async function globalTeardown() {
  const keeper = globalThis.__CIS2_REDIS_KEEPER__
  if (keeper === undefined) return
  delete globalThis.__CIS2_REDIS_KEEPER__
  delete process.env.REDIS_URL
  if (keeper.exitCode !== null) return
  const exited = new Promise((resolve) => keeper.once('exit', resolve))
  keeper.stdin.end()
  await exited
}
