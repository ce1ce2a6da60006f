/** What `npm run example` says on the terminal. */
import type { Cis2Event } from 'express-cis2'
import type { Simulator } from 'express-cis2/simulator'

/** Addresses, who can sign in, and what to try. */
export function welcome(started: { baseUrl: string; simulator: Simulator; redis: string | undefined }): string {
  const { baseUrl, simulator, redis } = started
  const longest = Math.max(...simulator.users.map(({ name }) => name.length))
  const users = simulator.users.map(({ name, description }) => `  ${name.padEnd(longest)}  ${description}`)
  return `
Who can sign in (nobody needs a password or a card):
${users.join('\n')}

Try this:
  1. Sign in as Ngozi Okafor, a nurse, with her smartcard. Open Patients, then Prescribe: her role cannot.
  2. Take her smartcard out in the simulator: the clinic notices within seconds.
  3. Sign in as Tom Ashdown, a GP, with Microsoft Authenticator (AAL2), and prescribe: stepping up to AAL3 comes first.
  4. Sign in as Priya Raman, a midwife with three roles, and change her role at Who am I.
  5. As Ngozi or Tom, open a patient and then National record: the clinic asks an NHS API, as the user. See what happens
     when it is away: switch on the fault api-down in the simulator.
  6. IDLE_TIMEOUT_SECONDS=150 npm run example: after half a minute the clinic warns that it will sign you out.

The example clinic:   ${baseUrl}
The CIS2 simulator:   ${simulator.url}
Sessions are kept in: ${redis === undefined ? 'memory (for Redis: REDIS_URL=redis://… npm run example)' : 'Redis'}

What happens follows, as the clinic's audit stream tells it. Ctrl-C ends everything.
`
}

/** One line for an event. `sub` stays out of it: the terminal is no audit log. */
export function auditLine({ at, type, aal, role, organisation, reason }: Cis2Event): string {
  const details = [aal === undefined ? undefined : `AAL${aal}`, role, organisation, reason]
  return [at.slice(11, 19), type, ...details.filter((detail) => detail !== undefined)].join('  ')
}
