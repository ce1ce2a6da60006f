/** The registered applications, each in a form that changes it. */
import Mustache from 'mustache'

import { type ClientFields, fieldsFrom } from '../client-form.js'
import type { SimulatorClient } from '../clients.js'
import { layout } from './layout.js'

const PROBLEMS = `{{#problems.length}}<div class="problems" role="alert" aria-labelledby="problems-title">
<h2 id="problems-title">There is a problem</h2>
<ul>{{#problems}}<li><a href="#{{target}}">{{text}}</a></li>{{/problems}}</ul>
</div>{{/problems.length}}`

const FORM = `<form method="post" action="/simulator/clients">
{{#inputs}}<div class="field"><label for="{{id}}">{{label}}</label>{{#hint}}<span class="hint" id="{{id}}-hint">{{hint}}</span>{{/hint}}
{{#isList}}<textarea id="{{id}}" name="{{name}}" rows="2" spellcheck="false"{{#hint}} aria-describedby="{{id}}-hint"{{/hint}}>{{value}}</textarea>{{/isList}}
{{#options.length}}<select id="{{id}}" name="{{name}}">{{#options}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{value}}</option>{{/options}}</select>{{/options.length}}
{{#isText}}<input type="text" id="{{id}}" name="{{name}}" value="{{value}}" autocomplete="off" spellcheck="false"{{#hint}} aria-describedby="{{id}}-hint"{{/hint}}>{{/isText}}
</div>
{{/inputs}}
<button type="submit">{{save}}</button>
{{#removable}}<button type="submit" name="action" value="remove" class="secondary">Remove<span class="hidden"> {{title}}</span></button>{{/removable}}
</form>`

const CONTENT = `${PROBLEMS}<h1>Clients</h1>
<p>The applications that may sign people in, as the team that runs CIS2 would register them. What is changed here holds until
the simulator stops; a file or a program can do the same.</p>
{{#forms}}<details class="card group"{{#open}} open{{/open}}>
<summary><h2>{{title}}</h2></summary>
${FORM}
</details>
{{/forms}}`

interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly kind?: 'list'
  readonly options?: readonly string[]
}

const FIELDS: readonly Field[] = [
  { name: 'clientId', label: 'Client ID' },
  { name: 'redirectUris', label: 'Redirect URIs', hint: 'One in each line, to the last character', kind: 'list' },
  {
    name: 'tokenEndpointAuthMethod',
    label: 'Client authentication',
    options: ['private_key_jwt', 'client_secret_post', 'client_secret_basic', 'client_secret_jwt'],
  },
  { name: 'clientSecret', label: 'Client secret', hint: 'For the client_secret_… methods' },
  { name: 'jwksUri', label: 'Key set address', hint: 'For private_key_jwt' },
  { name: 'jwks', label: 'Key set', hint: 'In place of its address', kind: 'list' },
  { name: 'userInfo', label: 'UserInfo', options: ['json', 'signed'] },
  { name: 'backChannelLogoutUri', label: 'Back-channel logout address' },
  { name: 'postLogoutRedirectUris', label: 'Post-logout redirect URIs', hint: 'One in each line', kind: 'list' },
  { name: 'initiateLoginUri', label: 'Sign-in address', hint: 'Where “Open the application as …” goes' },
  { name: 'apiKey', label: 'API key', hint: 'Of the NHS API platform; empty: the application does not use it' },
  { name: 'apiSecret', label: 'API secret', hint: 'For refreshing' },
  { name: 'apiJwksUri', label: 'Key set address at the API platform', hint: 'Where it differs' },
  { name: 'apiScopes', label: 'API scopes', hint: 'One in each line', kind: 'list' },
]

/** What the page shows. `typed`: a form that was refused, with what is wrong with it. */
export interface ClientsView {
  readonly clients: readonly SimulatorClient[]
  readonly faults: readonly string[]
  readonly problems?: readonly string[]
  readonly typed?: ClientFields
}

function toForm(prefix: string, values: ClientFields, isNew: boolean) {
  const inputs = FIELDS.map(({ name, label, hint, kind, options }) => {
    const value = values[name] ?? ''
    return {
      id: `${prefix}-${name}`,
      name,
      label,
      hint,
      value,
      isList: kind === 'list',
      isText: kind === undefined && options === undefined,
      options: (options ?? []).map((option) => ({ value: option, selected: option === value })),
    }
  })
  return {
    inputs,
    title: isNew ? 'Register another application' : (values.clientId ?? ''),
    save: isNew ? 'Register' : 'Save',
    removable: !isNew,
  }
}

/** The field that a problem speaks of: its line begins with the name. */
function targetOf(problem: string, prefix: string): string {
  const path = problem.split(':', 1)[0]?.split('.') ?? []
  const name =
    path[0] === 'apiPlatform' ? ({ apiKey: 'apiKey', jwksUri: 'apiJwksUri' }[path[1] ?? ''] ?? 'apiSecret') : path[0]
  return `${prefix}-${FIELDS.find((field) => field.name === name)?.name ?? 'clientId'}`
}

/** The whole page. */
export function clientsPage({ clients, faults, problems = [], typed }: ClientsView): string {
  const typedAt = typed ? clients.findIndex(({ clientId }) => clientId === typed.clientId) : -1
  const forms = clients.map((client, index) => {
    const isTyped = index === typedAt
    return { ...toForm(`client-${index}`, isTyped && typed ? typed : fieldsFrom(client), false), open: isTyped }
  })
  const isNew = typed !== undefined && typedAt < 0
  forms.push({ ...toForm('new', isNew ? typed : {}, true), open: isNew })
  const prefix = typedAt < 0 ? 'new' : `client-${typedAt}`
  const content = Mustache.render(CONTENT, {
    forms,
    problems: problems.map((text) => ({ text, target: targetOf(text, prefix) })),
  })
  const title = problems.length > 0 ? 'Error: Clients' : 'Clients'
  return layout({ title, content, kind: 'simulator', current: '/simulator/clients', faults })
}
