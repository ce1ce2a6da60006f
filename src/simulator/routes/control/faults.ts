/** `/simulator/faults`: the table, and the switches. */
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'

import { describeFaults, isFaultName } from '../../faults/index.js'
import { unknownFault } from '../../options.js'
import { faultsPage } from '../../pages/faults-page.js'
import type { World } from '../../world.js'
import { isForm, readCommand, sendDone, sendJson, sendPage, wantsPage } from './command.js'

const schema = z
  .strictObject({
    action: z.enum(['set', 'remove', 'clear']).default('set'),
    name: z.string().optional(),
    value: z.union([z.literal(true), z.string().min(1), z.number()]).default(true),
  })
  .refine(({ action, name }) => action === 'clear' || name !== undefined, { path: ['name'], error: 'is missing' })

/** Shows the table, or hands it over as JSON. */
export function showFaults({ faults }: World): RequestHandler {
  return (req, res) => {
    if (wantsPage(req)) sendPage(res, 200, faultsPage(faults.active()))
    else sendJson(res, 200, { active: faults.active(), faults: describeFaults() })
  }
}

/** Takes `{ "name": "…", "value"?: … }`, `{ "action": "remove", "name": "…" }` or `{ "action": "clear" }`. */
export function changeFaults(world: World): RequestHandler {
  return (req, res) => {
    const read = readCommand(req, schema)
    if ('problems' in read) {
      refuse(world, req, res, read.problems)
      return
    }
    const { action, name = '', value } = read.command
    if (action === 'clear') {
      world.faults.clear()
    } else if (!isFaultName(name)) {
      refuse(world, req, res, [unknownFault(name)])
      return
    } else if (action === 'set') {
      world.faults.set(name, value)
    } else {
      world.faults.remove(name)
    }
    sendDone(req, res, '/simulator/faults', { active: world.faults.active() })
  }
}

function refuse({ faults }: World, req: Request, res: Response, problems: readonly string[]): void {
  if (isForm(req)) sendPage(res, 400, faultsPage(faults.active(), problems.join('; ')))
  else sendJson(res, 400, { problems })
}
