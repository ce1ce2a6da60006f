// One instance of an application, in a process of its own. Its build and its options come with the first message; it says
// when it serves. SIGTERM drains it; it goes when its parent does.
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import express from 'express'
import { Redis } from 'ioredis'

process.once('disconnect', () => process.exit(1))
const [{ build, port, options }] = await once(process, 'message')
const { cis2Auth, requireCis2 } = await import(pathToFileURL(build).href)

const keysOf = (keys) =>
  keys.map(({ jwk, ...key }) => ({ ...key, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) }))
const { clientAuthentication, nhsApi, session } = options
// Sentinels cannot be written as an address.
const redis = session.redis.sentinels === undefined ? session.redis : new Redis(session.redis)
if (redis !== session.redis) redis.on('error', () => {})
const auth = cis2Auth({
  ...options,
  clientAuthentication: { ...clientAuthentication, keys: keysOf(clientAuthentication.keys) },
  session: { ...session, redis },
  ...(nhsApi === undefined ? {} : { nhsApi: { ...nhsApi, keys: keysOf(nhsApi.keys) } }),
  onEvent(event) {
    if (/refused$|unavailable$/.test(event.type)) process.send({ event })
  },
})
const app = express()
app.use(auth)
app.get('/me', requireCis2(), (req, res) => res.json({ sub: req.cis2User.sub, pid: process.pid }))
app.get('/patient', requireCis2(), async (req, res) => {
  const answer = await req.cis2.nhsApi.fetch('/personal-demographics/FHIR/R4/Patient/9449306621')
  res.status(answer.status).end()
})
app.get('/strong', requireCis2({ aal: 3 }), (req, res) => res.json({ sub: req.cis2User.sub }))
app.get('/stream', requireCis2(), (req, res) => {
  res.setHeader('Content-Type', 'text/event-stream')
  res.write('data: open\n\n')
  req.cis2.signal.addEventListener('abort', () => res.end(`data: ${req.cis2.signal.reason?.reason}\n\n`))
})
const server = app.listen(port, '127.0.0.1')
// Longer than the balancer keeps a connection: else Node.js closes it as a request comes.
server.keepAliveTimeout = 65_000
await Promise.all([once(server, 'listening'), auth.ready()])
process.once('SIGTERM', async () => {
  await auth.drain(server)
  process.exit(0)
})
process.send({ ready: true })

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')
// What is held: memory after a collection, and handles, timers left out.
process.on('message', (message) => {
  if (message !== 'measure') return
  collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  const handles = process.getActiveResourcesInfo().filter((name) => name.endsWith('Wrap'))
  process.send({ measured: { pid: process.pid, memory: heapUsed + external, rss, handles } })
})
