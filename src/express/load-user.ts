/** `req.cis2User` out of a loaded session: what every request needs is there, the rest is opened on first use. */
import type { SelectedRoleCodes } from '../cis2/access.js'
import type { Cis2Role, Cis2User } from '../cis2/user.js'
import { SessionUnreadableError } from '../errors.js'
import type { SignedInSession } from '../session/sessions.js'

/**
 * The user of a session as a frozen object that looks complete.
 *
 * Most handlers read `sub` and the selected role's code. Those come from the small record that the guard has
 * read anyway; any other property opens the sealed record, once a request.
 */
export function lazyUser(session: SignedInSession): Cis2User {
  const { subject } = session
  const role = subject.selectedRole === undefined ? undefined : lazySelectedRole(session, subject.selectedRole)
  const user = {
    sub: subject.sub,
    get name() {
      return session.user().name
    },
    get displayName() {
      return session.user().displayName
    },
    get title() {
      return session.user().title
    },
    get givenName() {
      return session.user().givenName
    },
    get middleNames() {
      return session.user().middleNames
    },
    get familyName() {
      return session.user().familyName
    },
    get initials() {
      return session.user().initials
    },
    get email() {
      return session.user().email
    },
    aal: subject.aal,
    get identityAssuranceLevel() {
      return session.user().identityAssuranceLevel
    },
    get acr() {
      return session.user().acr
    },
    get amr() {
      return session.user().amr
    },
    get authenticator() {
      return session.user().authenticator
    },
    authenticatedAt: subject.authenticatedAt,
    selectedRole: role,
    get roles() {
      return session.user().roles
    },
    get organisations() {
      return session.user().organisations
    },
    get professionalIds() {
      return session.user().professionalIds
    },
  }
  // Optional members read as undefined, which is what the type promises to readers.
  return Object.freeze(user) as Cis2User
}

function lazySelectedRole(session: SignedInSession, { id, code, jobRole }: SelectedRoleCodes): Cis2Role {
  function role(): Cis2Role {
    const opened = session.user().selectedRole
    // The two records were written together: one without the other is damage.
    if (opened === undefined) throw new SessionUnreadableError()
    return opened
  }
  return Object.freeze({
    id,
    code,
    jobRole,
    get name() {
      return role().name
    },
    get organisation() {
      return role().organisation
    },
    get activities() {
      return role().activities
    },
    get areasOfWork() {
      return role().areasOfWork
    },
    get workgroups() {
      return role().workgroups
    },
  })
}
