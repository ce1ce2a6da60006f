/** An application as a user of the test kit would write it. */
import express, { type Express } from 'express'

import { cis2Auth, requireCis2, type Cis2Event } from '../../../src/index.js'
import type { TestCis2, TestOptions } from '../../../src/testing/index.js'

export function appUnderTest(cis2: TestCis2, overrides?: TestOptions): Express {
  return withRoutes(express(), cis2.options(overrides))
}

/** Several instances of one application share their options. */
export function withRoutes(app: Express, options: ReturnType<TestCis2['options']>): Express {
  app.use(cis2Auth(options))
  app.get('/me', requireCis2(), (req, res) => {
    res.json(req.cis2User)
  })
  app.get('/strong', requireCis2({ aal: 3 }), (_req, res) => {
    res.json({ ok: true })
  })
  app.get('/fresh', requireCis2({ maxAuthAgeSeconds: 60 }), (_req, res) => {
    res.json({ ok: true })
  })
  return app
}

/** Collects the audit stream. */
export function listener(): { events: Cis2Event[]; onEvent: (event: Cis2Event) => void } {
  const events: Cis2Event[] = []
  return { events, onEvent: (event) => events.push(event) }
}
