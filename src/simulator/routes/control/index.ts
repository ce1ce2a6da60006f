/** The simulator's own pages and controls, all below `/simulator`. */
import { type Express, Router } from 'express'

import { LIVE_SCRIPT, SCRIPT_PATH, EVENTS_PATH } from '../../pages/live-script.js'
import { overviewPage } from '../../pages/overview-page.js'
import { STYLE, STYLE_PATH } from '../../pages/style.js'
import { usersPage } from '../../pages/users-page.js'
import { startAddressOf } from '../../clients.js'
import { originOf } from '../../exchange.js'
import type { World } from '../../world.js'
import { queryText, refuseForeignPosts, sendJson, sendPage, wantsPage } from './command.js'
import { changeFaults, showFaults } from './faults.js'
import { changeClients, showClients } from './clients.js'
import { setNextSignIn, showNextSignIn } from './next-sign-in.js'
import { clearRequests, downloadDiagram, downloadRequests, sendEvents, showRequests } from './requests.js'
import { endSessions, rotateKeys, showSessions } from './sessions.js'

/** Mounts them. */
export function addControlRoutes(app: Express, world: World): void {
  const router = Router()
  router.use(refuseForeignPosts)
  router.get('/', (_req, res) => {
    sendPage(res, 200, overviewPage(world.addresses, [...world.clients.values()], world.faults.shown()), true)
  })
  router.get('/health', (_req, res) => {
    sendJson(res, 200, { status: 'ok', issuer: world.addresses.issuer })
  })
  router.get('/users', (req, res) => {
    if (!wantsPage(req)) sendJson(res, 200, { users: world.users })
    else sendPage(res, 200, usersPage(world, queryText(req, 'search').trim()), false, startOrigins(world))
  })
  router.route('/next-sign-in').get(showNextSignIn(world)).post(setNextSignIn(world))
  router.route('/clients').get(showClients(world)).post(changeClients(world))
  router.route('/faults').get(showFaults(world)).post(changeFaults(world))
  router.route('/sessions').get(showSessions(world)).post(endSessions(world))
  router.route('/requests').get(showRequests(world)).post(clearRequests(world))
  router.get('/requests.json', downloadRequests(world))
  router.get('/requests/:id.svg', downloadDiagram(world))
  router.post('/keys', rotateKeys(world))
  router.get('/certificate.pem', (_req, res) => {
    const { certificate } = world.addresses
    if (certificate === undefined) sendJson(res, 404, { problems: ['the simulator was started without https'] })
    else res.type('application/x-pem-file').end(certificate)
  })
  app.use('/simulator', router)
  app.get(EVENTS_PATH, sendEvents(world))
  app.get(STYLE_PATH, (_req, res) => {
    res.type('css').end(STYLE)
  })
  app.get(SCRIPT_PATH, (_req, res) => {
    res.type('js').end(LIVE_SCRIPT)
  })
}

/** Browsers check `form-action` against redirects too, so the applications have to be named. */
function startOrigins({ clients }: World): string[] {
  return [...clients.values()].map((client) => originOf(startAddressOf(client)))
}
