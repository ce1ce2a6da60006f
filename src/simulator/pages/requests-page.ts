/** The page of requests: every sign-in as a sequence diagram, every message to be opened. */
import Mustache from 'mustache'

import type { Participant, SimulatorRequest } from '../request-log.js'
import { type Message, type Sequence, toSequences } from '../sequence.js'
import { layout } from './layout.js'
import { shownTime } from './shown-time.js'

/** More would take long to draw, and nobody would read them at once. */
const SEQUENCES_A_PAGE = 20

const CONTENT = `<h1>Requests</h1>
<p>Each sign-in as it went, the newest first. Open a message to see what was in it; secrets are masked. Dotted messages
are between browser and application, where the simulator cannot look.</p>
<form method="get" role="search" class="search">
<div class="field"><label for="search">Search requests</label>
<span class="hint" id="search-hint">A client, a person, an address, a reason</span>
<input type="search" id="search" name="search" value="{{search}}" aria-describedby="search-hint"></div>
<button type="submit" class="secondary small">Search</button>
{{#narrowed}}<a href="/simulator/requests">Show all</a>{{/narrowed}}
</form>
<form method="post" class="no-print"><button type="submit" name="action" value="clear" class="secondary small">Clear</button>
<a href="/simulator/requests.json" download="cis2-requests.json">Download all as JSON</a></form>
<div id="log" data-live>
<p>{{count}}</p>
{{#sequences}}<article class="card" aria-labelledby="{{id}}">
<h2 id="{{id}}" tabindex="-1">{{title}}</h2>
<p><span class="tag">{{at}}</span>{{#refused}}<span class="tag on">something was refused</span>{{/refused}}{{#faults}}<span class="tag on">fault {{.}}</span>{{/faults}}</p>
{{#reasons}}<p class="refusal">Refused: {{.}}</p>{{/reasons}}
<div class="lanes" aria-hidden="true"><span>Browser</span><span>App</span><span>CIS2</span></div>
<ol class="diagram">
{{#messages}}<li class="{{lane}} {{kind}}{{#failed}} failed{{/failed}}">
{{#opens}}<details id="{{id}}">
<summary><span class="hidden">{{way}}: </span>{{{left}}}{{label}}{{{right}}}{{#faultText}}<span class="hidden">, </span><span class="tag on">{{faultText}}</span>{{/faultText}}</summary>
{{#refusal}}<p class="refusal">Why: {{refusal}}</p>{{/refusal}}
<pre>{{content}}</pre>
</details>{{/opens}}
{{^opens}}<p><span class="hidden">{{way}}, not seen: </span>{{{left}}}{{label}}{{{right}}}</p>{{/opens}}
</li>
{{/messages}}
</ol>
<p class="no-print"><a href="/simulator/requests/{{id}}.svg" download="cis2-{{id}}.svg">Download this diagram<span class="hidden">: {{title}}, {{at}}</span> (SVG)</a></p>
</article>{{/sequences}}
{{#pages.length}}<nav aria-label="Older and newer requests"><p>{{#pages}}<a href="{{address}}">{{label}}</a> {{/pages}}</p></nav>{{/pages.length}}
</div>`

const NAMES: Readonly<Record<Participant, string>> = { browser: 'Browser', app: 'App', cis2: 'CIS2' }
const ORDER: readonly Participant[] = ['browser', 'app', 'cis2']

const arrow = (sign: string) => `<span aria-hidden="true"> ${sign} </span>`

function toRow({ id, from, to, label, content, kind, refusal, faults }: Message) {
  const [left = from, right = to] = [from, to].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
  const forward = left === from
  return {
    id,
    label,
    kind,
    refusal,
    faultText: faults.length > 0 ? `fault ${faults.join(', ')}` : undefined,
    failed: refusal !== undefined || faults.length > 0,
    lane: `${left}-${right}`,
    way: `${NAMES[from]} to ${NAMES[to]}`,
    left: forward ? '' : arrow('←'),
    right: forward ? arrow('→') : '',
    opens: content !== undefined,
    content: JSON.stringify(content, undefined, 2),
  }
}

function toSection({ id, at, title, refused, faults, messages }: Sequence) {
  const reasons = messages.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal]))
  return { id, title, refused, faults, at: shownTime(at), messages: messages.map(toRow), reasons }
}

/** Which sequences are asked for. */
export interface RequestsQuery {
  /** Those that have this text anywhere in them. */
  readonly search: string
  /** The one of this id. */
  readonly only: string | undefined
  /** From 1. */
  readonly page: number
}

function isWanted(sequence: Sequence, { search, only }: RequestsQuery): boolean {
  if (only !== undefined) return sequence.id === only
  return search === '' || JSON.stringify(sequence).toLowerCase().includes(search.toLowerCase())
}

function pageLinks(page: number, total: number, search: string) {
  const address = (to: number) =>
    `?${new URLSearchParams({ ...(search ? { search } : {}), page: String(to) }).toString()}`
  return [
    ...(page > 1 ? [{ address: address(page - 1), label: 'Newer' }] : []),
    ...(page * SEQUENCES_A_PAGE < total ? [{ address: address(page + 1), label: 'Older' }] : []),
  ]
}

function countText(shown: number, wanted: number, narrowed: boolean): string {
  if (wanted === 0) {
    return narrowed
      ? 'Nothing of that kind has happened.'
      : 'Nothing has happened yet. Point an application at the simulator and sign in.'
  }
  return shown === wanted ? `${wanted} shown.` : `${shown} of ${wanted} shown.`
}

/** The whole page. */
export function requestsPage(
  entries: readonly SimulatorRequest[],
  query: RequestsQuery,
  faults: readonly string[],
): string {
  const wanted = toSequences(entries).filter((sequence) => isWanted(sequence, query))
  const shown = wanted.slice((query.page - 1) * SEQUENCES_A_PAGE, query.page * SEQUENCES_A_PAGE)
  const narrowed = query.search !== '' || query.only !== undefined
  const content = Mustache.render(CONTENT, {
    search: query.search,
    narrowed,
    count: countText(shown.length, wanted.length, narrowed),
    sequences: shown.map(toSection),
    pages: pageLinks(query.page, wanted.length, query.search),
  })
  return layout({ title: 'Requests', content, kind: 'simulator', current: '/simulator/requests', faults, script: true })
}
