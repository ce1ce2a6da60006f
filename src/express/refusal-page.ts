/** What a person reads when she is refused: what happened, what she can do about it, and never a dead end. */
import type { Request } from 'express'

import type { Cis2User } from '../cis2/user.js'
import type { AnyCis2Error, SignInRefusal } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import { correlationIdOf } from './correlation-id.js'
import type { Page } from './pages.js'
import { defaultReturnTo } from './return-to.js'
import { changeRoleAddress, signInAddress, signInThatHelps } from './sign-in-address.js'

/** The parts of a page that depend on the error. */
type Words = Pick<Page, 'title' | 'paragraphs' | 'link' | 'button'>

/** Who gave up a step-up or a change of role may be signed in as before, and reads so below it. */
const CANCELLED = {
  'sign-in': 'You did not sign in',
  'step-up': 'You did not sign in again',
  'change-role': 'Your role was not changed',
} as const

type RefusedSignIn = Extract<AnyCis2Error, { code: 'CIS2_SIGN_IN_REFUSED' }>

/** Generic words: what happened and what to do, never which check failed beyond the code, never anything from CIS2. */
export function pageFor(error: AnyCis2Error, req: Request, config: Cis2Config): Page {
  const reason = error.code === 'CIS2_SIGN_IN_REFUSED' ? ` (${error.reason})` : ''
  return { ...wordsFor(error, req, config), detail: `${error.code}, reference ${correlationIdOf(req)}${reason}` }
}

function wordsFor(error: AnyCis2Error, req: Request, config: Cis2Config): Words {
  switch (error.code) {
    case 'CIS2_NOT_SIGNED_IN':
    case 'CIS2_SESSION_UNREADABLE':
      return {
        title: 'You are not signed in',
        paragraphs: ['Your session may have ended. What you sent was not carried out. Sign in and try again.'],
        ...link(signInAddress(req, config, signInThatHelps(error, config)), 'Sign in'),
      }
    case 'CIS2_STEP_UP_REQUIRED':
      return {
        title: 'Sign in again to continue',
        paragraphs: ['This needs a stronger or more recent sign-in. What you sent was not carried out.'],
        ...link(signInAddress(req, config, signInThatHelps(error, config)), 'Sign in again'),
      }
    case 'CIS2_SIGN_IN_REFUSED':
      return refusedSignIn(error, req, config)
    case 'CIS2_FORBIDDEN':
      return { title: 'You cannot use this page', ...forbidden(req, config), ...signOutButton(req, config) }
    case 'CIS2_CROSS_ORIGIN':
      return {
        title: 'This request was stopped',
        paragraphs: ['It came from another website. Nothing was changed.'],
        ...link(defaultReturnTo(config), 'Go to the start page'),
      }
    case 'CIS2_NAVIGATION_ONLY':
      return {
        title: 'Open this page in a tab of its own',
        paragraphs: ['Signing in does not work inside another page.'],
        ...link(defaultReturnTo(config), 'Go to the start page'),
      }
    case 'CIS2_SIGN_OUT_NOT_CONFIRMED':
      return {
        title: 'Your sign-out is not confirmed',
        paragraphs: [
          'This browser no longer holds your session, but the service could not confirm that it has ended.',
          'Your session ends by itself when it has not been used for a while. Tell whoever looks after the service.',
        ],
      }
    case 'CIS2_STORE_UNAVAILABLE':
    case 'CIS2_PROVIDER_UNAVAILABLE':
      return {
        title: 'Sorry, there is a problem',
        paragraphs: ['A service that this website needs is not answering. Try again in a few moments.'],
        ...link(signInAddress(req, config), 'Try again'),
      }
    default:
      return {
        title: 'Sorry, there is a problem',
        paragraphs: ['The request could not be answered.'],
        ...link(defaultReturnTo(config), 'Go to the start page'),
      }
  }
}

/** What somebody can do depends on the roles that she has, and on nothing that this page would tell of them. */
function forbidden(req: Request, config: Cis2Config): Pick<Words, 'paragraphs' | 'link'> {
  const { roles, selectedRole } = rolesOf(req.cis2User)
  const ASK = 'If you need it for your work, ask the Registration Authority (RA) of your organisation.'
  if (roles === 0) {
    return {
      paragraphs: [`It needs a role, and NHS Care Identity has none for you. ${ASK}`],
      ...link(defaultReturnTo(config), 'Go to the start page'),
    }
  }
  if (roles === 1 && selectedRole) {
    return {
      paragraphs: [`Your role does not allow it, and you have no other. ${ASK}`],
      ...link(defaultReturnTo(config), 'Go to the start page'),
    }
  }
  return {
    paragraphs: [
      selectedRole
        ? 'Your selected role does not allow it. If another of your roles does, change to that one.'
        : 'It needs a role, and you did not choose one when you signed in.',
    ],
    ...link(changeRoleAddress(req, config), selectedRole ? 'Change role' : 'Choose a role'),
  }
}

function rolesOf(user: Cis2User | undefined): { roles: number | undefined; selectedRole: boolean } {
  try {
    return { roles: user?.roles.length, selectedRole: user?.selectedRole !== undefined }
  } catch {
    // The record cannot be read (any more), which is not what this answer is about.
    return { roles: undefined, selectedRole: true }
  }
}

function refusedSignIn({ reason, purpose }: RefusedSignIn, req: Request, config: Cis2Config): Words {
  const words = wordsForRefusal({ reason, purpose }, req, config)
  return { ...words, paragraphs: [...(words.paragraphs ?? []), ...whatBecameOfTheSession(req, purpose)] }
}

function wordsForRefusal(
  { reason, purpose = 'sign-in' }: { readonly reason: SignInRefusal; readonly purpose: RefusedSignIn['purpose'] },
  req: Request,
  config: Cis2Config,
): Words {
  const tryAgain = link(signInAddress(req, config), 'Try again')
  switch (reason) {
    case 'access-denied':
      return {
        title: CANCELLED[purpose],
        paragraphs: ['The sign-in was cancelled or not allowed.'],
        ...tryAgain,
      }
    case 'application':
      return {
        title: 'You cannot use this service',
        paragraphs: ['You signed in, but this service is not open to you. Ask whoever looks after it.'],
        ...tryAgain,
      }
    case 'auth-time':
      return {
        title: 'Your sign-in was not recent enough',
        paragraphs: ['You have to enter your PIN or use your authenticator again. Try again.'],
        ...tryAgain,
      }
    case 'assurance':
      return {
        title: 'Your sign-in was not strong enough',
        paragraphs: ['Sign in again, with a stronger way of signing in such as a smartcard or a security key.'],
        ...tryAgain,
      }
    case 'identity-assurance':
      return {
        title: 'Your identity was not checked to a high enough level',
        paragraphs: [
          'This service is for users whose identity was checked to a higher level. Signing in another way will not change that.',
          'Ask the Registration Authority (RA) of your organisation to check your identity.',
        ],
        ...link(defaultReturnTo(config), 'Go to the start page'),
      }
    case 'no-transaction':
    case 'expired':
      return {
        title: 'We could not sign you in',
        paragraphs: [
          'The sign-in took too long, was started in another browser, or cookies are switched off.',
          'Check that your browser allows cookies for this website, then try again.',
        ],
        ...tryAgain,
      }
    default:
      return {
        title: 'We could not sign you in',
        paragraphs: ['The sign-in could not be completed. Try again.'],
        ...tryAgain,
      }
  }
}

/** A step-up or a change of role that was given up leaves alive what CIS2 left alive, which may be nothing. */
function whatBecameOfTheSession({ cis2User }: Request, purpose: RefusedSignIn['purpose']): string[] {
  if (cis2User !== undefined) return ['You are still signed in as before.']
  if (purpose === undefined || purpose === 'sign-in') return []
  return ['You are no longer signed in: your session ended in the meantime.']
}

function signOutButton({ cis2User }: Request, { baseUrl, routes }: Cis2Config): Pick<Words, 'button'> {
  if (routes.logout === false || cis2User === undefined) return {}
  return { button: { action: baseUrl.path + routes.logout, text: 'Sign out' } }
}

function link(href: string | undefined, text: string): Pick<Words, 'link'> {
  return href === undefined ? {} : { link: { href, text } }
}
