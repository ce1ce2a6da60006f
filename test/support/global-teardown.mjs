export default async function globalTeardown() {
  const server = globalThis.__CIS2_REDIS__
  if (server && server.exitCode === null)
    await new Promise((resolve) => {
      server.once('exit', resolve)
      server.kill('SIGTERM')
    })
}
