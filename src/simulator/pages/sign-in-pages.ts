/** Look-alikes of CIS2's sign-in pages, in the recorded order: authenticator, PIN or password, one-time code, role. */
import Mustache from 'mustache'

import { presentationOf } from '../authenticators.js'
import type { PendingSignIn } from '../pending-sign-ins.js'
import { shortRoleName } from '../role-name.js'
import { authenticatorsFor, type Step, usersWith } from '../sign-in.js'
import type { SimulatorUser } from '../users.js'
import { layout } from './layout.js'

/** The one address of all sign-in pages; `?request=` says which sign-in. */
export const SIGN_IN_PATH = '/openam/XUI/sign-in'

/** More roles than this are searched, not listed. */
const ROLES_LISTED = 5

const PROBLEM = `{{#mistake}}<div class="problems" role="alert" aria-labelledby="problems-title">
<h2 id="problems-title">There is a problem</h2>
<p><a href="#{{target}}">{{problem}}</a></p>
</div>{{/mistake}}`

const FORM_END = `<button type="submit" name="action" value="sign-in">{{button}}</button>
<button type="submit" name="action" value="cancel" class="secondary" formnovalidate>Cancel</button>
{{#canRestart}}<button type="submit" name="action" value="restart" class="secondary" formnovalidate>Use another way</button>{{/canRestart}}
</form>`

const CHOICES = `<fieldset>
<legend>{{legend}}</legend>
{{#choices}}<div class="choice">
<input type="radio" id="{{id}}" name="{{name}}" value="{{value}}"{{#checked}} checked{{/checked}}>
<label for="{{id}}">{{label}}<span class="hint">{{hint}}</span></label>
</div>{{/choices}}
</fieldset>`

const TEMPLATES = {
  authenticator: `${PROBLEM}<h1>How do you want to sign in?</h1>
<form method="post">
${CHOICES}
${FORM_END}`,
  people: `${PROBLEM}<h1>{{title}}</h1>
<form method="post">
${CHOICES}
{{#pin}}<div class="field">
<label for="pin">Passcode</label>
<span class="hint" id="pin-hint">Any passcode is right here.</span>
<input type="password" id="pin" name="pin" value="1234" autocomplete="off" aria-describedby="pin-hint">
</div>{{/pin}}
${FORM_END}`,
  password: `${PROBLEM}<h1>Log in</h1>
<form method="post">
<div class="field">
<label for="email">Email address or user ID</label>
<span class="hint" id="email-hint">Or a name: {{people}}</span>
<input type="text" id="email" name="email" value="{{typed}}" list="people" autocomplete="off" spellcheck="false" aria-describedby="email-hint">
<datalist id="people">{{#choices}}<option value="{{name}}">{{email}}</option>{{/choices}}</datalist>
</div>
<div class="field">
<label for="password">Password</label>
<span class="hint" id="password-hint">Any password is right here.</span>
<input type="password" id="password" name="password" value="password" autocomplete="off" aria-describedby="password-hint">
</div>
${FORM_END}`,
  code: `${PROBLEM}<h1>Enter verification code</h1>
<form method="post">
<div class="field">
<label for="code">6-digit code from your authenticator app</label>
<span class="hint" id="code-hint">Any six digits are right here.</span>
<input type="text" id="code" name="code" value="123456" inputmode="numeric" autocomplete="off" aria-describedby="code-hint">
</div>
${FORM_END}`,
  role: `${PROBLEM}<h1>Choose your role</h1>
{{#searchable}}<form method="get" role="search">
<input type="hidden" name="request" value="{{requestId}}">
<div class="field">
<label for="search">Search your roles</label>
<input type="search" id="search" name="search" value="{{search}}">
</div>
<button type="submit" class="secondary">Search</button>
</form>
<p role="status">{{choices.length}} of {{total}} roles</p>{{/searchable}}
<form method="post">
<input type="hidden" name="page" value="role">
${CHOICES}
${FORM_END}`,
}

interface Choice {
  readonly id: string
  readonly name: string
  readonly value: string
  readonly label: string
  readonly hint: string
  readonly checked: boolean
}

/** What a page shows. */
export interface SignInView {
  readonly step: Exclude<Step, 'done'>
  readonly pending: PendingSignIn
  readonly users: readonly SimulatorUser[]
  readonly search: string
  /** The form that was posted: what is typed stays there. */
  readonly typed: URLSearchParams
  readonly faults: readonly string[]
  readonly mistake?: { readonly problem: string; readonly field: string } | undefined
}

/** The page a sign-in is at. */
export function signInPage(view: SignInView): string {
  const { title, template, data } = describe(view)
  const firstChoice = (data.choices as Choice[] | undefined)?.[0]
  const target = view.mistake?.field === firstChoice?.name ? firstChoice?.id : view.mistake?.field
  const content = Mustache.render(TEMPLATES[template], {
    button: 'Continue',
    canRestart: view.step !== 'authenticator' && !view.pending.reused,
    mistake: view.mistake ? { ...view.mistake, target } : undefined,
    ...data,
    title,
  })
  const shownTitle = view.mistake ? `Error: ${title}` : title
  return layout({ title: shownTitle, content, kind: 'sign-in', faults: view.faults })
}

interface Described {
  readonly title: string
  readonly template: keyof typeof TEMPLATES
  readonly data: Record<string, unknown>
}

function describe(view: SignInView): Described {
  switch (view.step) {
    case 'authenticator':
      return describeAuthenticators(view)
    case 'proof':
      return describePeople(view)
    case 'code':
      return { title: 'Enter verification code', template: 'code', data: { button: 'Submit' } }
    case 'role':
      return describeRoles(view)
  }
}

function describeAuthenticators({ users, pending }: SignInView): Described {
  const admitted = authenticatorsFor(users, pending.request.acr)
  const choices = admitted.map(({ name, aal }, index): Choice => {
    const people = usersWith(users, name).map((user) => user.name)
    const hint = `AAL${aal}: ${people.join(', ')}`
    return {
      id: `authenticator-${index}`,
      name: 'authenticator',
      value: name,
      label: presentationOf(name).label,
      hint,
      checked: admitted.length === 1,
    }
  })
  const legend = `${pending.request.client.clientId} asks you to sign in`
  return { title: 'How do you want to sign in?', template: 'authenticator', data: { choices, legend } }
}

function describePeople({ users, pending, typed }: SignInView): Described {
  const name = pending.authenticator?.name ?? ''
  const { label, proof } = presentationOf(name)
  const people = usersWith(users, name)
  if (proof === 'password' || proof === 'code') {
    const choices = people.map(({ name: who, email, sub }) => ({ name: who, email: email ?? sub }))
    // One person can only be meant; of several, nobody is until she says so.
    const typedText = typed.get('email') ?? (choices.length === 1 ? choices[0]?.name : undefined)
    const data = { choices, typed: typedText, people: choices.map((choice) => choice.name).join(', ') }
    return { title: 'Log in', template: 'password', data }
  }
  const choices = people.map((user, index): Choice => ({
    id: `user-${index}`,
    name: 'user',
    value: user.sub,
    label: user.name,
    hint: user.description,
    checked: people.length === 1 || typed.get('user') === user.sub,
  }))
  const data = { choices, legend: 'Who is signing in?', pin: proof === 'pin' }
  return { title: label, template: 'people', data }
}

function describeRoles({ pending, search }: SignInView): Described {
  const { roles = [], organisations = [] } = pending.user ?? {}
  const all = roles.map((role, index): Choice => {
    const organisation = organisations.find(({ org_code }) => org_code === role.org_code)?.org_name ?? ''
    const hint = `${organisation} (${role.org_code})`
    return {
      id: `nhsRoleId_${index}`,
      name: 'role',
      value: role.person_roleid,
      label: shortRoleName(role),
      hint,
      checked: false,
    }
  })
  const searchable = roles.length > ROLES_LISTED
  const wanted = search.trim().toLowerCase()
  const choices = searchable ? all.filter(({ label, hint }) => `${label} ${hint}`.toLowerCase().includes(wanted)) : all
  const data = { choices, legend: 'Your roles', searchable, search, requestId: pending.id, total: roles.length }
  return { title: 'Choose your role', template: 'role', data }
}
