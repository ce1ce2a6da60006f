/** The faults by group, with a search and a switch for each. */
import Mustache from 'mustache'

import {
  describeFaults,
  type FaultDescription,
  type FaultName,
  type FaultPlace,
  type FaultValue,
} from '../faults/index.js'
import { layout } from './layout.js'

const PLACES: Readonly<Record<FaultPlace, string>> = {
  discovery: 'Discovery document',
  jwks: 'Key set',
  'metadata-answer': 'Discovery and key set, as answered',
  callback: 'The way back to the application',
  'token-answer': 'Token endpoint',
  'id-token': 'ID token',
  'userinfo-claims': 'UserInfo',
  'userinfo-token': 'Signed UserInfo (for clients that are registered for it)',
  'userinfo-answer': 'UserInfo endpoint',
  'logout-token': 'Logout token',
  'logout-delivery': 'Delivery of logout tokens',
  'api-request': 'API platform, before it does anything',
  'api-answer': 'API platform, as it answers',
}

const FAULT = `<li id="{{prefix}}fault-{{name}}">
<form method="post" data-stay class="fault">
<p class="name"><code>{{name}}</code>{{#on}} <span class="tag on">on{{#value}}: {{value}}{{/value}}</span>{{/on}}</p>
<p>{{spoils}}{{#atStart}} <span class="tag">strikes an application that starts</span>{{/atStart}}</p>
<p class="hint">A correct application: {{relyingParty}}</p>
{{{kept}}}<input type="hidden" name="name" value="{{name}}">
{{#asks}}<label for="value-{{name}}">Value<span class="hidden"> of {{name}}</span> ({{takes}}, may be empty)</label>
<input type="text" id="value-{{name}}" name="value" class="short" autocomplete="off">{{/asks}}
<button type="submit" id="{{prefix}}switch-{{name}}" name="action" value="{{action}}" class="small {{style}}">Switch {{direction}}<span class="hidden"> {{name}}</span></button>
</form></li>
`

const CONTENT = `<h1>Faults</h1>
<div id="problem" data-live role="alert">{{#problem}}<div class="problems"><h2>There is a problem</h2><p>{{problem}}</p></div>{{/problem}}</div>
<p>A fault that is on spoils what CIS2 says, for every application, until it is switched off.</p>
<p id="said" data-live role="status" tabindex="-1">{{#active.length}}On: {{active.length}}.{{/active.length}}{{^active.length}}No fault is on.{{/active.length}}</p>
<div id="on" data-live>{{#active.length}}<section class="card" aria-labelledby="on-title"><h2 id="on-title">On now</h2>
<ul class="faults">
{{#active}}${FAULT}{{/active}}</ul>
<form method="post" data-stay class="no-print">{{{kept}}}<button type="submit" id="clear" name="action" value="clear" class="secondary small">Switch all off</button></form>
</section>{{/active.length}}</div>
<form method="get" role="search" class="search no-print">
<div class="field"><label for="search">Search faults</label>
<span class="hint" id="search-hint">A claim, an endpoint, a name: nonce, 503, smartcard</span>
<input type="search" id="search" name="search" value="{{search}}" aria-describedby="search-hint"></div>
<button type="submit" class="secondary small">Search</button>
{{#search}}<a href="/simulator/faults">Show all</a>{{/search}}
</form>
<div id="board" data-live>
<h2>{{found}}</h2>
{{#places}}<details class="group card" id="group-{{place}}"{{#open}} open{{/open}}>
<summary><h3>{{title}}</h3> <span class="tag">{{faults.length}}</span>{{#on}}<span class="tag on">{{on}} on</span>{{/on}}</summary>
<ul class="faults">
{{#faults}}${FAULT}{{/faults}}</ul>
</details>
{{/places}}
</div>`

/** What was asked for. */
export interface FaultsView {
  readonly active: Partial<Record<FaultName, FaultValue>>
  /** As the page names them. */
  readonly shown: readonly string[]
  readonly search: string
  /** A fault whose group is to be open: it was switched just now. */
  readonly open?: string | undefined
  /** Why the last change was not made. */
  readonly problem?: string | undefined
}

function isFound(fault: FaultDescription, search: string): boolean {
  const text = `${fault.name} ${PLACES[fault.place]} ${fault.spoils} ${fault.relyingParty}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function toRow(fault: FaultDescription, active: FaultsView['active']) {
  const on = Object.hasOwn(active, fault.name)
  const value = active[fault.name]
  const switches = on
    ? { action: 'remove', direction: 'off', style: '' }
    : { action: 'set', direction: 'on', style: 'secondary' }
  const asks = !on && fault.takes !== undefined
  return { ...fault, prefix: '', on, value: value === true ? undefined : String(value ?? ''), asks, ...switches }
}

function foundText(count: number, search: string): string {
  if (search === '') return `${count} faults, by group`
  return count === 0 ? `No fault has “${search}” in it` : `${count} with “${search}”`
}

/** The whole page. */
export function faultsPage({ active, shown, search, open, problem }: FaultsView): string {
  const all = describeFaults().map((fault) => toRow(fault, active))
  const rows = all.filter((fault) => isFound(fault, search))
  const places = Object.entries(PLACES).flatMap(([place, title]) => {
    const faults = rows.filter((row) => row.place === place)
    const on = faults.filter((row) => row.on).length
    const isOpen = search !== '' || faults.some(({ name }) => name === open)
    return faults.length === 0 ? [] : [{ place, title, faults, on: on || undefined, open: isOpen }]
  })
  const kept =
    search === '' ? '' : Mustache.render('<input type="hidden" name="search" value="{{search}}">', { search })
  const content = Mustache.render(CONTENT, {
    places,
    active: all.filter((row) => row.on).map((row) => ({ ...row, prefix: 'on-' })),
    found: foundText(rows.length, search),
    search,
    kept,
    problem,
  })
  const title = problem === undefined ? 'Faults' : 'Error: Faults'
  return layout({ title, content, kind: 'simulator', current: '/simulator/faults', faults: shown, script: true })
}
