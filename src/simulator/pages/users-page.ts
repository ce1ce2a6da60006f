/** The cast, one card each; and the application opened as one of them. */
import Mustache from 'mustache'

import { presentationOf } from '../authenticators.js'
import { startAddressOf } from '../clients.js'
import { shortRoleName } from '../role-name.js'
import type { SimulatorUser } from '../users.js'
import type { World } from '../world.js'
import { layout } from './layout.js'

const CONTENT = `<h1>Users</h1>
{{#problem}}<div class="problems" role="alert"><h2>There is a problem</h2><p>{{problem}}</p></div>{{/problem}}
<p>Who can sign in. Any passcode, password and code is right.</p>
{{#next}}<form method="post" action="/simulator/next-sign-in" class="card"><p role="status">The next sign-in is <strong>{{name}}</strong>'s, without a page.</p>
<button type="submit" name="action" value="clear" class="small secondary">Show the pages after all</button></form>{{/next}}
<form method="get" role="search" class="search no-print">
<div class="field"><label for="search">Search users</label>
<span class="hint" id="search-hint">A name, a role, an organisation, an authenticator: AAL2, prescribe</span>
<input type="search" id="search" name="search" value="{{search}}" aria-describedby="search-hint"></div>
<button type="submit" class="secondary small">Search</button>
{{#search}}<a href="/simulator/users">Show all</a>{{/search}}
</form>
{{#clients.length}}<form method="post" action="/simulator/next-sign-in" id="open" class="no-print">
<div class="field"><label for="clientId">Application to open</label>
<select id="clientId" name="clientId">{{#clients}}<option value="{{clientId}}">{{clientId}} ({{start}})</option>{{/clients}}</select></div>
</form>{{/clients.length}}
<p role="status">{{found}}</p>
{{#users}}<section class="card" aria-labelledby="user-{{sub}}">
<h2 id="user-{{sub}}">{{name}}</h2>
<p>{{description}}</p>
<dl>
<dt>User ID</dt><dd><code>{{sub}}</code></dd>
<dt>E-mail</dt><dd>{{email}}{{^email}}none{{/email}}</dd>
<dt>Signs in with</dt><dd>{{#authenticators}}<span class="tag">{{label}}, AAL{{aal}}</span>{{/authenticators}}</dd>
<dt>Identity level</dt><dd>{{identityAssuranceLevel}}</dd>
<dt>Roles</dt><dd>{{#roles}}{{name}} <code>{{code}}</code> at {{organisation}}{{#activities}}, may {{activities}}{{/activities}}<br>{{/roles}}{{^roles}}none{{/roles}}</dd>
{{#oddities.length}}<dt>Odd</dt><dd>{{#oddities}}{{.}}<br>{{/oddities}}</dd>{{/oddities.length}}
</dl>
{{#opens}}<p class="no-print">{{#ways}}<button form="open" type="submit" name="as" value="{{as}}" class="small secondary">Open the application as {{label}}</button>{{/ways}}</p>{{/opens}}
</section>
{{/users}}`

function odditiesOf(user: SimulatorUser): string[] {
  const replaced = Object.entries({ ...user.idTokenClaims, ...user.userInfoClaims })
  return [
    ...(user.levelsAsNumbers ? ['assurance levels are numbers'] : []),
    ...(user.singleObjectLists ? ['lists of one are bare objects'] : []),
    ...replaced.map(([name, value]) => `${name} is ${JSON.stringify(value)}`),
  ]
}

/** One way to open the application; one for each role, where there are several. */
function waysOf({ sub, name, roles }: SimulatorUser): { as: string; label: string }[] {
  if (roles.length < 2) return [{ as: sub, label: name }]
  return roles.map((role) => ({
    as: `${sub} ${role.person_roleid}`,
    label: `${name}, ${shortRoleName(role)} at ${role.org_code}`,
  }))
}

function toCard(user: SimulatorUser) {
  const { sub, name, description, email, identityAssuranceLevel, authenticators, roles, organisations } = user
  const nameOf = (code: string) => organisations.find(({ org_code }) => org_code === code)?.org_name
  return {
    ...{ sub, name, description, email, identityAssuranceLevel },
    authenticators: authenticators.map((each) => ({ label: presentationOf(each.name).label, aal: each.aal })),
    roles: roles.map((role) => ({
      name: shortRoleName(role),
      code: role.role_code,
      organisation: [nameOf(role.org_code), role.org_code].filter(Boolean).join(' '),
      activities: role.activities?.map((activity) => activity.toLowerCase()).join(', '),
    })),
    oddities: odditiesOf(user),
    ways: waysOf(user),
  }
}

type Card = ReturnType<typeof toCard>

function isFound(card: Card, search: string): boolean {
  const levels = card.authenticators.map(({ aal }) => `AAL${aal}`)
  const text = JSON.stringify([card, levels]).toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** The whole page. `problem`: why the last wish was not granted. */
export function usersPage(
  { users, clients, automatic, faults }: Pick<World, 'users' | 'clients' | 'automatic' | 'faults'>,
  search = '',
  problem?: string,
): string {
  const cards = users.map(toCard).filter((card) => isFound(card, search))
  const content = Mustache.render(CONTENT, {
    users: cards,
    opens: clients.size > 0,
    clients: [...clients.values()].map((client) => ({ ...client, start: startAddressOf(client) })),
    next: automatic.next?.user,
    found: cards.length === users.length ? `${users.length} users` : `${cards.length} of ${users.length} users`,
    search,
    problem,
  })
  const title = problem === undefined ? 'Users' : 'Error: Users'
  return layout({ title, content, kind: 'simulator', current: '/simulator/users', faults: faults.shown() })
}
