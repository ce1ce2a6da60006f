/** Templates, style sheets and scripts: the NHS design system, and what every page shows of the user. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import express, { Router } from 'express'
import type { Express, NextFunction, Request, Response } from 'express'
import nunjucks from 'nunjucks'

const folder = join(import.meta.dirname, '..')
const { resolve } = createRequire(import.meta.url)
const designSystem = join(dirname(resolve('nhsuk-frontend/package.json')), 'dist', 'nhsuk')
/** The package's dialog for the browser: a file of its own, loaded by `public/clinic.js`. */
const sessionWarning = resolve('express-cis2/session-warning')

export interface PageSettings {
  simulatorUrl: string | undefined
  hasNhsApi: boolean
  warnBeforeSeconds: number
  checkEverySeconds: number
}

/** Makes `res.render('home.njk')` work, with the design system's macros at hand. */
export function usePageTemplates(app: Express, settings: PageSettings): void {
  nunjucks
    .configure([join(folder, 'views'), dirname(designSystem)], { autoescape: true, express: app })
    .addFilter('time', formatTime)
    .addGlobal('clinic', settings)
}

/** The clinic's own files and the design system's, under one path. */
export function serveAssets(): Router {
  const router = Router()
  const styles = withoutWebFont(readFileSync(join(designSystem, 'nhsuk-frontend.min.css'), 'utf8'))
  router.get('/nhsuk-frontend.css', (_req, res) => {
    res.type('css').set('Cache-Control', 'max-age=3600').send(styles)
  })
  router.get('/session-warning.js', (_req, res) => {
    res.sendFile(sessionWarning, { maxAge: '1h' })
  })
  router.get('/nhsuk-frontend.js', (_req, res) => {
    res.sendFile('nhsuk-frontend.min.js', { root: designSystem, maxAge: '1h' })
  })
  router.use(express.static(join(folder, 'public')))
  router.use(express.static(join(designSystem, 'assets'), { maxAge: '1h' }))
  return router
}

/**
 * Takes the Frutiger web font out. It is served by assets.nhs.uk and licensed for services on nhs.uk; without it the
 * pages use Arial, load nothing from elsewhere and work offline. A service on nhs.uk keeps it, and allows that origin
 * in its Content-Security-Policy.
 */
function withoutWebFont(styles: string): string {
  return styles.replace(/@font-face\{[^}]*\}/g, '')
}

/** Tells the templates who is signed in, for the header of every page. */
export function whoIsSignedIn(req: Request, res: Response, next: NextFunction): void {
  describeVisitor(req, res)
  next()
}

/** The same for a page that answers an error, which may have come before any other middleware. */
export function describeVisitor(req: Request, res: Response): void {
  res.locals.user = req.cis2User
  res.locals.path = req.path
  // Every page says who is signed in: the Back button must not bring it back after sign-out.
  res.set('Cache-Control', 'no-store')
}

const clockTime = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'medium',
  timeZone: 'Europe/London',
})

/** Every time in the package's API is in epoch seconds. */
function formatTime(epochSeconds: number): string {
  return clockTime.format(epochSeconds * 1000)
}
