// An instance of an application in a process of its own, over a Redis Cluster. Its parent sends it the settings, and is sent
// where it listens.
import { once } from 'node:events'
import { createServer } from 'node:http'

import express from 'express'
import { Cluster } from 'ioredis'

const [{ built, nodes, session, ...options }] = await once(process, 'message')
const { cis2Auth, requireCis2 } = await import(built)
const cluster = new Cluster(nodes)
cluster.on('error', () => {})

const app = express()
const auth = cis2Auth({ ...options, session: { ...session, redis: cluster } })
app.use(auth)
app.get('/me', requireCis2(), (req, res) => {
  res.json(req.cis2User)
})
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
await auth.ready()
process.once('disconnect', () => process.exit(0))
process.send({ port: server.address().port })
