/** The sign-in itself: which page comes next, and what a posted form does. No HTTP. */
import { type AcrDecision, HSCN_IDENTITY_AGENT, presentationOf, type SimulatorAuthenticator } from './authenticators.js'
import { findUser } from './find-user.js'
import type { PendingSignIn } from './pending-sign-ins.js'
import type { SimulatorUser } from './users.js'

/** The page that is shown next; `done` when nothing more is to be asked. */
export type Step = 'authenticator' | 'proof' | 'code' | 'role' | 'done'

/** What a posted form led to. */
export type Submission =
  | { readonly step: 'done'; readonly roleId: string | undefined }
  | { readonly step: Exclude<Step, 'done'> }
  /** `field` is the form field that the message speaks of. */
  | { readonly step: Exclude<Step, 'done'>; readonly problem: string; readonly field: string }

/** Every authenticator that any user has and the request lets in, each once, the strongest first. */
export function authenticatorsFor(users: readonly SimulatorUser[], acr: AcrDecision): SimulatorAuthenticator[] {
  const byName = new Map(users.flatMap(({ authenticators }) => authenticators.map((each) => [each.name, each])))
  return [...byName.values()].filter((each) => acr.admits(each)).sort((a, b) => b.aal - a.aal)
}

/** The users who can sign in with an authenticator. */
export function usersWith(users: readonly SimulatorUser[], authenticatorName: string): SimulatorUser[] {
  return users.filter(({ authenticators }) => authenticators.some(({ name }) => name === authenticatorName))
}

/** Whether the role goes into the ID token: asked for by scope, or chosen at the card reader (HSCN Identity Agent). */
export function roleIsWanted(scopes: readonly string[], authenticator: SimulatorAuthenticator): boolean {
  return scopes.includes('selectedrole') || scopes.includes('changedrole') || authenticator.name === HSCN_IDENTITY_AGENT
}

/** The page a sign-in under way is at. */
export function currentStep(pending: PendingSignIn): Exclude<Step, 'done'> {
  if (pending.authenticator === undefined) return 'authenticator'
  if (!pending.proved) return pending.codeAsked ? 'code' : 'proof'
  return 'role'
}

/**
 * Takes a posted form as far as it goes. `authenticator` and `user` together sign the user in at once, which is how
 * machines do it; people meet one page after the other.
 */
export function submitSignIn(
  pending: PendingSignIn,
  form: URLSearchParams,
  users: readonly SimulatorUser[],
): Submission {
  if (form.get('action') === 'restart') restart(pending)
  const authenticator = form.get('authenticator')
  if (authenticator !== null && !pending.proved) {
    const problem = chooseAuthenticator(pending, authenticator, users)
    if (problem !== undefined) return { step: 'authenticator', problem, field: 'authenticator' }
  }
  if (pending.authenticator === undefined) {
    if (form.get('action') !== 'sign-in') return { step: 'authenticator' }
    return { step: 'authenticator', problem: 'Choose how to sign in', field: 'authenticator' }
  }
  const problem = pending.proved ? undefined : prove(pending, pending.authenticator, form, users)
  if (problem !== undefined) return { step: currentStep(pending) as 'proof' | 'code', ...problem }
  if (!pending.proved || pending.user === undefined) return { step: currentStep(pending) as 'proof' | 'code' }
  return chooseRole(pending, pending.user, pending.authenticator, form)
}

function restart(pending: PendingSignIn): void {
  if (pending.reused) return
  Object.assign(pending, { authenticator: undefined, user: undefined, proved: false, codeAsked: false })
}

function chooseAuthenticator(
  pending: PendingSignIn,
  name: string,
  users: readonly SimulatorUser[],
): string | undefined {
  const chosen = users.flatMap(({ authenticators }) => authenticators).find((each) => each.name === name)
  if (!chosen) return `Nobody has an authenticator called "${name}"`
  if (!pending.request.acr.admits(chosen)) {
    return `"${name}" reaches AAL${chosen.aal}, which is not what the application asks for`
  }
  pending.authenticator = chosen
  pending.codeAsked = false
  return undefined
}

interface Problem {
  readonly problem: string
  readonly field: string
}

/**
 * Who it is, and the PIN, password or code that goes with the authenticator. Any value is right; an empty one is not.
 */
function prove(
  pending: PendingSignIn,
  authenticator: SimulatorAuthenticator,
  form: URLSearchParams,
  users: readonly SimulatorUser[],
): Problem | undefined {
  const { proof } = presentationOf(authenticator.name)
  if (pending.codeAsked && form.has('code')) {
    if (!/^\d{6}$/.test(form.get('code') ?? '')) return { problem: 'Enter the 6-digit code', field: 'code' }
    pending.proved = true
    return undefined
  }
  const field = form.has('email') ? 'email' : 'user'
  if (!form.has(field)) {
    const posted =
      form.has('pin') || form.has('password') || (form.get('action') === 'sign-in' && !form.has('authenticator'))
    return posted ? { problem: 'Choose who is signing in', field: 'user' } : undefined
  }
  const found = findUser(users, form.get(field) ?? '')
  if ('problem' in found) return { problem: found.problem, field }
  const { user } = found
  const own = user.authenticators.find(({ name }) => name === authenticator.name)
  if (!own || !pending.request.acr.admits(own)) {
    return { problem: `${user.name} cannot sign in with "${authenticator.name}"`, field }
  }
  const atOnce = form.has('authenticator')
  const missing = atOnce ? undefined : emptyProof(proof, form)
  if (missing) return missing
  Object.assign(pending, { user, authenticator: own, proved: atOnce || proof !== 'code', codeAsked: proof === 'code' })
  return undefined
}

function emptyProof(proof: string, form: URLSearchParams): Problem | undefined {
  if (proof === 'pin' && (form.get('pin') ?? '') === '') return { problem: 'Enter your passcode', field: 'pin' }
  const needsPassword = proof === 'password' || proof === 'code'
  if (needsPassword && (form.get('password') ?? '') === '') return { problem: 'Enter your password', field: 'password' }
  return undefined
}

function chooseRole(
  pending: PendingSignIn,
  user: SimulatorUser,
  authenticator: SimulatorAuthenticator,
  form: URLSearchParams,
): Submission {
  const { scopes } = pending.request
  if (!roleIsWanted(scopes, authenticator) || user.roles.length === 0) return { step: 'done', roleId: undefined }
  const [only] = user.roles
  if (user.roles.length === 1) return { step: 'done', roleId: only?.person_roleid }
  const wanted = form.get('role')
  if (wanted === null) {
    const asked = form.get('page') === 'role'
    return asked ? { step: 'role', problem: 'Choose a role', field: 'role' } : { step: 'role' }
  }
  const chosen = user.roles.find(({ person_roleid }) => person_roleid === wanted)
  if (chosen) return { step: 'done', roleId: chosen.person_roleid }
  return { step: 'role', problem: `${user.name} has no role "${wanted}"`, field: 'role' }
}
