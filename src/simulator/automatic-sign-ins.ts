/** Sign-ins without pages: for end-to-end tests, and for developers who sign in thirty times a day. */
import type { AuthorizationRequest } from './authorization-request.js'
import { findUser } from './find-user.js'
import { authenticatorsFor } from './sign-in.js'
import type { SimulatorUser } from './users.js'

/** Who is to be signed in, and as what. */
export interface WantedSignIn {
  readonly user: SimulatorUser
  /** Default: the strongest that the request lets in. */
  readonly authenticator?: string | undefined
  /** `person_roleid`. Default: the first role. */
  readonly roleId?: string | undefined
}

/** The next sign-in; `clientId`: only one to this client. */
export interface NextSignIn extends WantedSignIn {
  /** At which client only. */
  readonly clientId?: string | undefined
}

/** The texts of a `NextSignIn`, as a program or a page sends them. */
export interface NextSignInTexts {
  /** Who signs in: a name, or `sub`. */
  readonly user: string
  /** With which authenticator. */
  readonly authenticator?: string | undefined
  /** `person_roleid`, role code or its last part. */
  readonly role?: string | undefined
  /** At which client only. */
  readonly clientId?: string | undefined
}

/** Whom the texts mean, or why nobody. */
export function readNextSignIn(
  texts: NextSignInTexts,
  users: readonly SimulatorUser[],
): NextSignIn | { readonly problem: string } {
  const found = findUser(users, texts.user)
  if ('problem' in found) return found
  const { user } = found
  const { authenticator, role, clientId } = texts
  const own = user.authenticators.map(({ name }) => name)
  if (authenticator !== undefined && !own.includes(authenticator)) {
    return { problem: `${user.name} has no authenticator "${authenticator}", but ${own.join(', ')}` }
  }
  const wanted = (code: string) => code === role || code.endsWith(`:${String(role)}`)
  const roleId = user.roles.find((each) => each.person_roleid === role || wanted(each.role_code))?.person_roleid
  if (role !== undefined && roleId === undefined) return { problem: `${user.name} has no role "${role}"` }
  return { user, authenticator, roleId, clientId }
}

/** Decides whether a request is answered without pages, and for whom. */
export class AutomaticSignIns {
  readonly #users: readonly SimulatorUser[]
  readonly #always: SimulatorUser | undefined
  #next: NextSignIn | undefined

  /** `always`: who signs in whenever nobody else is asked for. */
  constructor(users: readonly SimulatorUser[], always: SimulatorUser | undefined) {
    this.#users = users
    this.#always = always
  }

  /** The next sign-in, until it has happened. */
  get next(): NextSignIn | undefined {
    return this.#next
  }

  set next(next: NextSignIn | undefined) {
    this.#next = next
  }

  /** Who comes straight back; `anew`: although another, or she herself, may be signed in already. */
  take({
    client,
    loginHint,
  }: AuthorizationRequest): (WantedSignIn & { anew: boolean }) | { problem: string } | undefined {
    const next = this.#next
    if (next && (next.clientId ?? client.clientId) === client.clientId) {
      this.#next = undefined
      return { ...next, anew: true }
    }
    if (loginHint !== undefined) {
      const hinted = findUser(this.#users, loginHint)
      if ('user' in hinted) return { ...hinted, anew: false }
      // An application may send hints that mean nobody here; only where no page is wanted that is a mistake.
      if (this.#always) return { problem: `login_hint: ${hinted.problem}` }
    }
    return this.#always ? { user: this.#always, anew: false } : undefined
  }
}

/** The form that a machine would post for her. */
export function formFor({ user, authenticator, roleId }: WantedSignIn, request: AuthorizationRequest): URLSearchParams {
  const [strongest] = authenticatorsFor([user], request.acr)
  const role = roleId ?? user.roles[0]?.person_roleid
  return new URLSearchParams({
    user: user.sub,
    // One that is not let in is refused by name, with what it reaches.
    authenticator: authenticator ?? strongest?.name ?? user.authenticators[0]?.name ?? '',
    ...(role === undefined ? {} : { role }),
  })
}
