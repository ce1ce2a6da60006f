// Placeholder until the real one lands: a Redis of our own on a free port.
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
const ping = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(String(data).startsWith('+PONG'))
    })
    socket.once('error', () => resolve(false))
  })

export default async function globalSetup() {
  if (process.env.REDIS_URL) return
  const port = await freePort()
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      mkdtempSync(join(tmpdir(), 'cis2-redis-')),
    ],
    { stdio: 'ignore' },
  )
  globalThis.__CIS2_REDIS__ = server
  process.once('exit', () => server.kill('SIGKILL'))
  for (let i = 0; i < 200; i++) {
    if (await ping(port)) {
      process.env.REDIS_URL = `redis://127.0.0.1:${port}`
      return
    }
    await new Promise((r) => setTimeout(r, 10))
  }
  throw new Error('redis-server did not start')
}
