/** The example clinic as it must not be: what the evidence has to notice. */
import express, { type RequestHandler } from 'express'
import { cis2Auth, type Cis2Options } from 'express-cis2'

import { createClinic } from '../../../../example-app/src/app.js'

/** Options that a team in a hurry might set. */
export function spoiledOptions(options: Cis2Options): Cis2Options {
  return {
    ...options,
    identityAssuranceLevel: 0,
    prompt: false,
    maxAuthAgeSeconds: 3600,
    pkce: false,
    routes: { backChannelLogout: false },
    session: {
      ...options.session,
      dangerouslyAllowLongSessions: true,
      idleTimeoutSeconds: 60 * 60,
      absoluteTimeoutSeconds: 24 * 60 * 60,
    },
  }
}

/** Rewrites each `Set-Cookie`, as a badly set proxy does. */
const cookiesWithoutSecure: RequestHandler = (_req, res, next) => {
  const writeHead = res.writeHead.bind(res) as (...words: unknown[]) => typeof res
  res.writeHead = ((...words: unknown[]) => {
    const lines = [res.getHeader('set-cookie') ?? []].flat().map((line) => String(line).replace(/; Secure/i, ''))
    if (lines.length > 0) res.setHeader('set-cookie', lines)
    return writeHead(...words)
  }) as typeof res.writeHead
  next()
}

const keptByCaches: RequestHandler = (req, res, next) => {
  if (req.path === '/patients') {
    const setHeader = res.setHeader.bind(res)
    res.setHeader = (name, value) =>
      setHeader(name, name.toLowerCase() === 'cache-control' ? 'private, max-age=60' : value)
  }
  next()
}

/** As a home-made check for cross-site requests does, which knows nothing of CIS2. */
const refusesPosts: RequestHandler = (req, res, next) => {
  if (req.method === 'POST' && req.path === '/backchannel-logout') res.status(403).end()
  else next()
}

/** An application around the clinic, with faults of its own code. */
export function createSpoiledApp(options: Cis2Options): express.Express {
  const app = express()
  app.use(cookiesWithoutSecure, keptByCaches, refusesPosts)
  // Shows every error as it is.
  app.use(cis2Auth({ ...options, errors: 'next' }))
  app.get('/audit', (_req, res) => res.json({ opened: 'by anybody' }))
  app.get('/patients', (req, res) => {
    if (req.cis2User === undefined) res.redirect('/login')
    else res.set('Cache-Control', 'no-store').send('patients')
  })
  app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(500).json({ error: error.message, stack: error.stack })
  })
  return app
}

export { createClinic }
