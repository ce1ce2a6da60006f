/** Who is signed in to CIS2, the ways such a session ends, and the keys. */
import Mustache from 'mustache'

import { isSmartcard, presentationOf } from '../authenticators.js'
import type { OpSession } from '../op-sessions.js'
import type { SimulatorRequest } from '../request-log.js'
import { TRIGGER_NAMES, TRIGGERS } from '../triggers.js'
import { shownTime } from './shown-time.js'
import { layout } from './layout.js'

const DELIVERIES_SHOWN = 10

const CONTENT = `<h1>Sessions and keys</h1>
<h2>Signed in to CIS2</h2>
{{^sessions}}<p>Nobody is signed in.</p>{{/sessions}}
{{#sessions}}<section class="card" aria-labelledby="session-{{index}}">
<h3 id="session-{{index}}">{{name}}</h3>
<p>{{authenticator}}, since {{since}}. Known to: {{clients}}{{^clients}}no application{{/clients}}.</p>
<form method="post">
<input type="hidden" name="sub" value="{{sub}}">
{{#triggers}}<button type="submit" name="action" value="{{action}}" class="small secondary">{{label}}<span class="hidden">: {{name}}</span></button>{{/triggers}}
</form>
</section>{{/sessions}}
<h2>Logout tokens sent</h2>
{{^deliveries}}<p>None yet.</p>{{/deliveries}}
<ul>{{#deliveries}}<li>{{at}} to {{path}}: {{outcome}}</li>{{/deliveries}}</ul>
<h2>Keys</h2>
<p>Signing with the key <code>{{kid}}</code>.</p>
<form method="post" action="/simulator/keys"><button type="submit">Rotate keys</button></form>
<p class="hint">The key before stays published until the next rotation.</p>`

function toCard({ user, authenticator, authTime, sids }: OpSession, index: number) {
  return {
    index,
    name: user.name,
    sub: user.sub,
    authenticator: presentationOf(authenticator.name).label,
    since: shownTime(authTime * 1000),
    clients: [...sids.keys()].join(', '),
    triggers: TRIGGER_NAMES.filter((action) => action !== 'remove-smartcard' || isSmartcard(authenticator.name)).map(
      (action) => ({ action, label: TRIGGERS[action].label }),
    ),
  }
}

/** The whole page. */
export function sessionsPage(facts: {
  sessions: readonly OpSession[]
  requests: readonly SimulatorRequest[]
  kid: string
  faults: readonly string[]
}): string {
  const sent = facts.requests.filter(({ from, method }) => from === 'cis2' && method === 'POST')
  const deliveries = sent
    .slice(-DELIVERIES_SHOWN)
    .reverse()
    .map(({ at, path, status, refusal }) => ({ at: shownTime(at), path, outcome: refusal ?? `answered ${status}` }))
  const view = { sessions: facts.sessions.map(toCard), deliveries, kid: facts.kid }
  return layout({
    title: 'Sessions and keys',
    content: Mustache.render(CONTENT, view),
    kind: 'simulator',
    current: '/simulator/sessions',
    faults: facts.faults,
  })
}
