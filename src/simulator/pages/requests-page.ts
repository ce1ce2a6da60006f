/** The page of requests: every sign-in as a sequence diagram, every message to be opened. */
import Mustache from 'mustache'

import type { Participant, SimulatorRequest } from '../request-log.js'
import { type Message, type Sequence, toSequences } from '../sequence.js'
import { layout } from './layout.js'

/** More would take long to draw, and nobody would read them. */
const SEQUENCES_SHOWN = 20

const CONTENT = `<h1>Requests</h1>
<p>Each sign-in as it went, the newest first. Open a message to see what was in it; secrets are masked. Dotted messages
are between browser and application, where the simulator cannot look.</p>
<form method="post"><button type="submit" name="action" value="clear" class="secondary small">Clear</button></form>
<div id="log">
{{^sequences}}<p>Nothing has happened yet. Point an application at the simulator and sign in.</p>{{/sequences}}
{{#sequences}}<section class="card" aria-labelledby="{{id}}">
<h2 id="{{id}}">{{title}} <span class="tag{{#refused}} on{{/refused}}">{{at}}{{#refused}}, something was refused{{/refused}}</span></h2>
<div class="lanes" aria-hidden="true"><span>Browser</span><span>App</span><span>CIS2</span></div>
<ol class="diagram">
{{#messages}}<li class="{{lane}} {{kind}}{{#refusal}} failed{{/refusal}}">
{{#opens}}<details id="{{id}}">
<summary><span class="hidden">{{way}}: </span>{{{left}}}{{label}}{{{right}}}</summary>
{{#refusal}}<p class="refusal">Why: {{refusal}}</p>{{/refusal}}
<pre>{{content}}</pre>
</details>{{/opens}}
{{^opens}}<p><span class="hidden">{{way}}, not seen: </span>{{{left}}}{{label}}{{{right}}}</p>{{/opens}}
</li>
{{/messages}}
</ol>
{{#reasons}}<p class="refusal">Refused: {{.}}</p>{{/reasons}}
</section>{{/sequences}}
</div>`

const NAMES: Readonly<Record<Participant, string>> = { browser: 'Browser', app: 'App', cis2: 'CIS2' }
const ORDER: readonly Participant[] = ['browser', 'app', 'cis2']

const arrow = (sign: string) => `<span aria-hidden="true"> ${sign} </span>`

function toRow({ id, from, to, label, content, kind, refusal }: Message) {
  const [left = from, right = to] = [from, to].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
  const forward = left === from
  return {
    id,
    label,
    kind,
    refusal,
    lane: `${left}-${right}`,
    way: `${NAMES[from]} to ${NAMES[to]}`,
    left: forward ? '' : arrow('←'),
    right: forward ? arrow('→') : '',
    opens: content !== undefined,
    content: JSON.stringify(content, undefined, 2),
  }
}

function toSection({ id, at, title, refused, messages }: Sequence) {
  const reasons = messages.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal]))
  return {
    id,
    title,
    refused,
    at: at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
    messages: messages.map(toRow),
    reasons,
  }
}

/** The whole page. */
export function requestsPage(entries: readonly SimulatorRequest[]): string {
  const sequences = toSequences(entries).slice(0, SEQUENCES_SHOWN).map(toSection)
  return layout({
    title: 'Requests',
    content: Mustache.render(CONTENT, { sequences }),
    kind: 'simulator',
    script: true,
  })
}
