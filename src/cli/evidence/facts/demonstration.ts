/** A script for the demonstration in the integration environment: what to do, and what it shows. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import type { StepRow } from '../report.js'

export function scriptDemonstration(
  { baseUrl, routes, aal, session }: Cis2Config,
  guarded: readonly string[],
): StepRow[] {
  const at = (path: string | false) =>
    path === false ? '(the route is off)' : `${baseUrl.origin}${baseUrl.path}${path}`
  const [page = '/'] = guarded
  const idleMinutes = Math.ceil(session.idleTimeoutSeconds / 60)
  const steps: Omit<StepRow, 'proof'>[] = [
    {
      step: `Open ${at(page)} in a new private window, with the browser's network view open.`,
      shows: 'Nobody gets in without a sign-in.',
    },
    {
      step: `Show the redirect from ${at(routes.login)} to CIS2: prompt or max_age, acr_values, state, nonce.`,
      shows: 'NHS CIA Ses Req 002; how the request is bound.',
    },
    {
      step: `Sign in with an authenticator of level ${aal}. Show the page, and the role in use.`,
      shows: 'A sign-in; the selected role.',
    },
    {
      step: 'Show the cookie in the browser: Secure, HttpOnly, SameSite. Show its audit event.',
      shows: 'The session cookie; the audit stream.',
    },
    {
      step: 'Begin a sign-in, change one character of state in the address of the callback, and send it.',
      shows: 'A changed state is refused.',
    },
    {
      step: 'Signed in at CIS2, remove prompt from the address there after more than five minutes.',
      shows: 'Ses Req 003: an old authentication is refused.',
    },
    { step: 'Sign in with a test user who has no role.', shows: 'A user without a role is catered for.' },
    { step: `Change the role at ${at(routes.changeRole)}.`, shows: 'The role is replaced, and so is the session id.' },
    {
      step: `Leave the page for ${idleMinutes} minutes, then press a link.`,
      shows: 'Ses Req 005: an idle session ends.',
    },
    {
      step: 'Let CIS2 end the session (ask the CIS2 team how in your environment), then press a link.',
      shows: 'Back-channel logout.',
    },
    {
      step: `Sign out (POST ${at(routes.logout)}), then press Back.`,
      shows: 'The session is over on the server, and pages are not kept.',
    },
    { step: 'Show a scan of the public address: TLS 1.2 or later, nothing older.', shows: 'Sec Req 003.' },
    {
      step: 'Open evidence.html for what cannot be shown by hand: wrong iss, aud, nonce, signature, levels, another UserInfo.',
      shows: 'The negative tests.',
    },
  ]
  return steps.map((step) => ({ ...step, proof: 'declare yourself' }))
}
