/** `req.cis2User` out of a loaded session: what every request needs is there, the rest is opened on first use. */
import type { AccessSubject, SelectedRoleCodes } from '../cis2/access-subject.js'
import type { Cis2Role, Cis2User } from '../cis2/user.js'
import { SessionUnreadableError } from '../errors.js'
import type { SignedInSession } from '../session/sessions.js'

/** By what the store's records of the session say, which is one object for as long as they are the same. */
const USERS = new WeakMap<AccessSubject, Cis2User>()

/**
 * The user of a session as a frozen object that looks complete.
 *
 * Most handlers read `sub` and the selected role's code. Those come from the small record that the guard has
 * read anyway; any other property opens the sealed record. Requests of one session get one object.
 */
export function lazyUser(session: SignedInSession): Cis2User {
  const known = USERS.get(session.subject)
  if (known !== undefined) return known
  // Optional members read as undefined, which is what the type promises to readers.
  const user = new LazyUser(session) as unknown as Cis2User
  USERS.set(session.subject, user)
  return user
}

/**
 * Lends its heirs' private fields to an object whose prototype is every plain object's: a user is compared, cloned and
 * merged like one. Not made by a literal, which V8 may give a place in old memory (see `docs/performance.md`).
 */
const PlainObject = function makePlainObject() {
  return Object.create(Object.prototype) as object
} as unknown as new () => object

class LazyUser extends PlainObject {
  readonly #session: SignedInSession
  readonly #selectedRole: LazyRole | undefined

  constructor(session: SignedInSession) {
    super()
    const { selectedRole } = session.subject
    this.#session = session
    this.#selectedRole = selectedRole === undefined ? undefined : new LazyRole(session, selectedRole)
    defineAndFreeze(this, USER_GETTERS)
  }

  static readonly read = (user: LazyUser, name: keyof Cis2User): unknown => {
    const { subject } = user.#session
    switch (name) {
      case 'sub':
      case 'aal':
      case 'authenticatedAt':
        return subject[name]
      case 'selectedRole':
        return user.#selectedRole
      default:
        return user.#session.user()[name]
    }
  }
}

class LazyRole extends PlainObject {
  readonly #session: SignedInSession
  readonly #codes: SelectedRoleCodes

  constructor(session: SignedInSession, codes: SelectedRoleCodes) {
    super()
    this.#session = session
    this.#codes = codes
    defineAndFreeze(this, ROLE_GETTERS)
  }

  static readonly read = (role: LazyRole, name: keyof Cis2Role): unknown => {
    if (name === 'id' || name === 'code' || name === 'jobRole') return role.#codes[name]
    const opened = role.#session.user().selectedRole
    // The two records were written together: one without the other is damage.
    if (opened === undefined) throw new SessionUnreadableError()
    return opened[name]
  }
}

type Getters = readonly (readonly [name: string, getter: PropertyDescriptor])[]

// Made once, for all users alike: as closures of each request they were a tenth of everything that it allocates.
const USER_GETTERS = gettersOf(LazyUser.read, {
  sub: true,
  name: true,
  displayName: true,
  title: true,
  givenName: true,
  middleNames: true,
  familyName: true,
  initials: true,
  email: true,
  aal: true,
  identityAssuranceLevel: true,
  acr: true,
  amr: true,
  authenticator: true,
  authenticatedAt: true,
  selectedRole: true,
  roles: true,
  organisations: true,
  professionalIds: true,
})

const ROLE_GETTERS = gettersOf(LazyRole.read, {
  id: true,
  code: true,
  jobRole: true,
  name: true,
  organisation: true,
  activities: true,
  areasOfWork: true,
  workgroups: true,
})

/** The compiler refuses a table that lacks a name. */
function gettersOf<Name extends string>(
  read: (owner: never, name: Name) => unknown,
  names: Record<Name, true>,
): Getters {
  return (Object.keys(names) as Name[]).map((name) => {
    function get(this: never): unknown {
      return read(this, name)
    }
    return [name, { enumerable: true, get }]
  })
}

function defineAndFreeze(owner: object, getters: Getters): void {
  for (const [name, getter] of getters) Object.defineProperty(owner, name, getter)
  Object.freeze(owner)
}
