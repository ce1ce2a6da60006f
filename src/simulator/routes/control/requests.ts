/** `/simulator/requests`: the log as a page of diagrams or as JSON, and word of each change. */
import type { RequestHandler } from 'express'

import { requestsPage } from '../../pages/requests-page.js'
import type { World } from '../../world.js'
import { sendDone, sendJson, sendPage, wantsPage } from './command.js'

/** Shows the log, or hands it over as JSON, oldest first. */
export function showRequests({ log }: World): RequestHandler {
  return (req, res) => {
    if (wantsPage(req)) sendPage(res, 200, requestsPage(log.entries), true)
    else sendJson(res, 200, { requests: log.entries })
  }
}

/** Forgets all requests. */
export function clearRequests({ log }: World): RequestHandler {
  return (req, res) => {
    log.clear()
    sendDone(req, res, '/simulator/requests', { requests: [] })
  }
}

/** Server-sent events: an empty message whenever the log changes. */
export function sendEvents({ log }: World): RequestHandler {
  return (_req, res) => {
    res.status(200).set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    res.write('retry: 1000\n\n')
    const unsubscribe = log.subscribe(() => res.write('data: changed\n\n'))
    res.on('close', unsubscribe)
  }
}
