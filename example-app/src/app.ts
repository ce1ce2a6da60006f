/** The example clinic: an ordinary Express application with a few guarded pages. */
import express from 'express'
import type { Express } from 'express'
import type { Cis2Auth } from 'express-cis2'

import { createRecords } from './clinic-records.js'
import { createErrorPage, showNotFound } from './error-pages.js'
import { healthRoutes } from './health.js'
import { homePages } from './pages/home.js'
import { nationalRecordPage } from './pages/national-record.js'
import { patientPages } from './pages/patients.js'
import { prescriptionPages } from './pages/prescriptions.js'
import { whereYouAreSignedInPage } from './pages/where-you-are-signed-in.js'
import { whoAmIPage } from './pages/who-am-i.js'
import { securityHeaders } from './security-headers.js'
import { serveAssets, usePageTemplates, whoIsSignedIn } from './views.js'

export interface ClinicOptions {
  /** What `cis2Auth(…)` returned; a unit test hands in `fakeCis2Auth(user)` of the test kit. */
  auth: Cis2Auth
  /** Public address of the clinic, as in the options of `cis2Auth`. */
  baseUrl: string
  /** Shown on the home page, so that one can go and take a smartcard out. */
  simulatorUrl?: string | undefined
  /** Whether `auth` has the option `nhsApi`: patients then have a page with their national record. Default false. */
  hasNhsApi?: boolean | undefined
  /** How long before a timeout the browser warns. Default 120. */
  warnBeforeSeconds?: number | undefined
  /** How often the browser asks whether the session is still there. Default 5. */
  checkEverySeconds?: number | undefined
}

/** Builds the clinic; listening is the caller's part. */
export function createClinic(options: ClinicOptions): Express {
  const { auth, baseUrl, simulatorUrl, hasNhsApi = false, warnBeforeSeconds = 120, checkEverySeconds = 5 } = options
  const app = express()
  const records = createRecords()

  app.use(healthRoutes(auth))
  usePageTemplates(app, { simulatorUrl, hasNhsApi, warnBeforeSeconds, checkEverySeconds })
  app.use(securityHeaders(baseUrl))
  // Style sheets and scripts come before sign-in: they need no session, so they cost none.
  app.use('/assets', serveAssets())
  app.use(auth)
  app.use(whoIsSignedIn)

  app.use(homePages())
  app.use(patientPages(records))
  app.use(prescriptionPages(records))
  if (hasNhsApi) app.use(nationalRecordPage(records))
  app.use(whoAmIPage())
  app.use(whereYouAreSignedInPage(auth))

  app.use(showNotFound)
  app.use(createErrorPage(baseUrl))
  return app
}
