/** `/simulator/sessions` and `/simulator/keys`: who is signed in to CIS2, how that ends, and the rotation of keys. */
import type { RequestHandler } from 'express'
import { z } from 'zod'

import { endSessionsOf } from '../../end-sessions.js'
import { sessionsPage } from '../../pages/sessions-page.js'
import { TRIGGER_NAMES, TRIGGERS } from '../../triggers.js'
import type { World } from '../../world.js'
import { readCommand, sendDone, sendJson, sendPage, wantsPage } from './command.js'

const PAGE = '/simulator/sessions'

const schema = z.strictObject({ action: z.enum(TRIGGER_NAMES), sub: z.string() })

/** Shows the sessions, or hands them over as JSON. */
export function showSessions({ sessions, log, keys, faults }: World): RequestHandler {
  return (req, res) => {
    if (wantsPage(req)) {
      sendPage(
        res,
        200,
        sessionsPage({ sessions: sessions.all(), requests: log.entries, kid: keys.kid, faults: faults.shown() }),
      )
      return
    }
    const shown = sessions.all().map(({ user, authenticator, authTime, roleId, sids }) => {
      const { sub, name } = user
      return { sub, name, authenticator: authenticator.name, authTime, roleId, sids: Object.fromEntries(sids) }
    })
    sendJson(res, 200, { sessions: shown })
  }
}

/** Takes `{ "action": "remove-smartcard" | "idle" | "maximum" | "administrator", "sub": "…" }`. */
export function endSessions(world: World): RequestHandler {
  return (req, res, next) => {
    const read = readCommand(req, schema)
    if ('problems' in read) {
      sendJson(res, 400, { problems: read.problems })
      return
    }
    const { action, sub } = read.command
    endSessionsOf(world, sub, TRIGGERS[action].cause, action === 'remove-smartcard')
      .then((deliveries) => {
        sendDone(req, res, PAGE, { deliveries })
      })
      .catch(next)
  }
}

/** A new key signs from now on. */
export function rotateKeys({ keys }: World): RequestHandler {
  return (req, res, next) => {
    keys
      .rotate()
      .then(() => {
        sendDone(req, res, PAGE, { kid: keys.kid })
      })
      .catch(next)
  }
}
