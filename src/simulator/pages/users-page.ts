/** The cast, one card each. */
import Mustache from 'mustache'

import { presentationOf } from '../authenticators.js'
import { shortRoleName } from '../role-name.js'
import type { SimulatorUser } from '../users.js'
import { layout } from './layout.js'

const CONTENT = `<h1>Users</h1>
<p>Who can sign in. Any passcode, password and code is right.</p>
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
  }
}

/** The whole page. */
export function usersPage(users: readonly SimulatorUser[]): string {
  return layout({ title: 'Users', content: Mustache.render(CONTENT, { users: users.map(toCard) }), kind: 'simulator' })
}
