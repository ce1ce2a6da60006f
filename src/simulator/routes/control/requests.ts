/** `/simulator/requests`: the log as a page of diagrams or as JSON, and word of each change. */
import type { RequestHandler } from 'express'

import { requestsPage } from '../../pages/requests-page.js'
import { diagramOf } from '../../pages/diagram.js'
import { toSequences } from '../../sequence.js'
import type { World } from '../../world.js'
import { queryText, sendDone, sendJson, sendPage, wantsPage } from './command.js'

/** Shows the log, or hands it over as JSON, oldest first. */
export function showRequests({ log, faults }: World): RequestHandler {
  return (req, res) => {
    if (!wantsPage(req)) {
      sendJson(res, 200, { requests: log.entries })
      return
    }
    const only = queryText(req, 'only')
    const query = {
      search: queryText(req, 'search').trim(),
      only: only === '' ? undefined : only,
      page: Math.max(1, Math.trunc(Number(queryText(req, 'page'))) || 1),
    }
    sendPage(res, 200, requestsPage(log.entries, query, faults.shown()), true)
  }
}

/** The log as a file to keep: as JSON, masked as everywhere. */
export function downloadRequests({ log }: World): RequestHandler {
  return (_req, res) => {
    res.set('Content-Disposition', 'attachment; filename="cis2-requests.json"')
    sendJson(res, 200, { requests: log.entries })
  }
}

/** One sequence as an SVG to keep. */
export function downloadDiagram({ log }: World): RequestHandler<{ id: string }> {
  return (req, res) => {
    const sequence = toSequences(log.entries).find(({ id }) => id === req.params.id)
    if (!sequence) {
      sendJson(res, 404, { problems: ['no sequence of that id is in the log'] })
      return
    }
    res.set({
      'Cache-Control': 'no-store',
      'Content-Disposition': `attachment; filename="cis2-${sequence.id}.svg"`,
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'X-Content-Type-Options': 'nosniff',
    })
    res.type('image/svg+xml').end(diagramOf(sequence))
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
