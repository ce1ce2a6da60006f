// What every measured server has in common: a port of its own, two guarded routes, and a tally of its processor time and memory.
import { createServer } from 'node:http'

import { ACCEPTED_JOBS } from './user.mjs'

/** What the parent process says: addresses, and where the package was built to. */
export const settings = JSON.parse(process.argv[2] ?? '{}')

/** Listens on a free port and tells the parent where. `build` gets that address, and answers the application. */
export async function serve(build) {
  const server = createServer({ keepAliveTimeout: 60_000 })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  server.on('request', await build(url))
  process.on('message', () => process.send(spent()))
  process.once('disconnect', () => process.exit(0))
  process.send({ url })
}

function spent() {
  const { user, system } = process.cpuUsage()
  return { microseconds: user + system, memory: process.memoryUsage.rss() }
}

/** The routes as every peer has them: `guard` lets through who is signed in well enough, `userOf` answers who that is. */
export function addGuardedRoutes(app, guard, userOf) {
  app.get('/role', guard, (req, res) => {
    const user = userOf(req)
    res.json({ sub: user.sub, role: selectedRoleOf(user).role_code })
  })
  app.get('/roles', guard, (req, res) => {
    const user = userOf(req)
    res.json({ name: user.name, roles: user.nhsid_nrbac_roles.map((role) => role.role_code) })
  })
}

/** The guard as one writes it by hand: the level, then the last part of the selected role's code. */
export function guardedBy(userOf) {
  const accepted = new Set(ACCEPTED_JOBS)
  return function guard(req, res, next) {
    const user = userOf(req)
    if (user === undefined) {
      res.sendStatus(401)
      return
    }
    const role = selectedRoleOf(user)
    if (user.aal >= 3 && role !== undefined && accepted.has(role.role_code.split(':').at(-1))) next()
    else res.sendStatus(403)
  }
}

function selectedRoleOf({ selected_roleid, nhsid_nrbac_roles }) {
  return nhsid_nrbac_roles.find((role) => role.person_roleid === selected_roleid)
}
