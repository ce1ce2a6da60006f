// A program that does what the documents promise, for a bundle to be made of: it ends with 0 when all of it holds.
import assert from 'node:assert/strict'

import { context, metrics, trace } from '@opentelemetry/api'
import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import express from 'express'
import { Cis2Error, ConfigError, cis2Auth, requireCis2 } from 'express-cis2'
import { startTestCis2 } from 'express-cis2/testing'
import { Redis } from 'ioredis'
import request from 'supertest'

const spans = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
assert.ok(context)

async function main() {
  const cis2 = await startTestCis2()
  const redis = new Redis(process.env.REDIS_URL)
  for (const store of ['memory', process.env.REDIS_URL, redis]) await aDayAtWork(cis2, store)
  await refusals(cis2)
  assert.ok(spans.getFinishedSpans().some(({ instrumentationScope }) => instrumentationScope.name === 'express-cis2'))
  redis.disconnect()
  await cis2.stop()
  console.log('all of it holds')
}

async function aDayAtWork(cis2, store) {
  const auth = cis2Auth(cis2.options({ aal: 2, session: { redis: store } }))
  const app = express()
  app.use(auth)
  app.get('/me', requireCis2(), (req, res) => res.json(req.cis2User.familyName))
  app.get('/strong', requireCis2({ aal: 3 }), (_req, res) => res.json({}))
  app.get('/visits', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.json(req.session.visits)
  })
  const agent = request.agent(app)
  assert.equal((await agent.get('/me')).body.code, 'CIS2_NOT_SIGNED_IN')
  await cis2.signInAs(agent, 'Ngozi Okafor', { aal: 2 })
  assert.equal((await agent.get('/me')).body, 'Okafor')
  await agent.get('/visits')
  assert.equal((await agent.get('/strong')).status, 401)
  await cis2.stepUp(agent)
  assert.equal((await agent.get('/strong')).status, 200)
  assert.equal((await agent.get('/visits')).body, 2)
  // Pages are there too.
  assert.match((await agent.get('/logout')).text, /<button/)
  await cis2.removeSmartcard('Ngozi Okafor')
  assert.equal((await agent.get('/me')).status, 401)
  assert.equal((await auth.health()).status, 'ok')
  await auth.close()
}

async function refusals(cis2) {
  assert.throws(
    () => cis2Auth({}),
    (error) => error instanceof ConfigError && error.code === 'CIS2_CONFIG' && error.message.includes('clientId'),
  )
  const auth = cis2Auth(cis2.options({ errors: 'next' }))
  const app = express()
  app.use(auth)
  app.get('/me', requireCis2(), (_req, res) => res.json({}))
  app.use((error, _req, res, _next) => res.status(error.status).json([error instanceof Cis2Error, error.code]))
  assert.deepEqual((await request(app).get('/me')).body, [true, 'CIS2_NOT_SIGNED_IN'])
  await auth.close()
}

void main()
