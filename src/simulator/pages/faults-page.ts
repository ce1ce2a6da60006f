/** The table of faults, with a switch for each. */
import Mustache from 'mustache'

import { describeFaults, type FaultName, type FaultPlace, type FaultValue } from '../faults/index.js'
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

const CONTENT = `<h1>Faults</h1>
{{#problem}}<div class="problems" role="alert"><h2>There is a problem</h2><p>{{problem}}</p></div>{{/problem}}
<p>A fault that is on spoils what CIS2 says, for every application, until it is switched off.</p>
<p role="status">{{#active.length}}On: {{#active}}<span class="tag on">{{.}}</span>{{/active}}{{/active.length}}{{^active.length}}No fault is on.{{/active.length}}</p>
<form method="post"><button type="submit" name="action" value="clear" class="secondary">Switch all off</button></form>
{{#places}}<h2>{{title}}</h2>
<table>
<thead><tr><th scope="col">Fault</th><th scope="col">What it does</th><th scope="col">A correct application</th></tr></thead>
<tbody>
{{#faults}}<tr>
<th scope="row"><form method="post"><input type="hidden" name="name" value="{{name}}">
<code>{{name}}</code>{{#on}} <span class="tag on">on{{#value}}: {{value}}{{/value}}</span>{{/on}}<br>
<button type="submit" name="action" value="{{action}}" class="small {{style}}">Switch {{direction}}<span class="hidden"> {{name}}</span></button></form></th>
<td>{{spoils}}{{#atStart}} <span class="tag">strikes one that starts</span>{{/atStart}}</td>
<td>{{relyingParty}}</td>
</tr>
{{/faults}}</tbody>
</table>
{{/places}}`

/** The whole page. `problem`: why the last change was not made. */
export function faultsPage(active: Partial<Record<FaultName, FaultValue>>, problem?: string): string {
  const rows = describeFaults().map((fault) => {
    const on = Object.hasOwn(active, fault.name)
    const switches = on
      ? { action: 'remove', direction: 'off', style: '' }
      : { action: 'set', direction: 'on', style: 'secondary' }
    const value = active[fault.name]
    return { ...fault, on, value: value === true ? undefined : value, ...switches }
  })
  const places = Object.entries(PLACES).map(([place, title]) => ({
    title,
    faults: rows.filter((row) => row.place === place),
  }))
  const content = Mustache.render(CONTENT, { places, active: Object.keys(active), problem })
  return layout({ title: problem === undefined ? 'Faults' : 'Error: Faults', content, kind: 'simulator' })
}
