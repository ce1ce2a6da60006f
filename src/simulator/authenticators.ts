/** The authenticators that CIS2 knows, and which of them a request's `acr_values` lets in. */

/** One way for a user to sign in, as the simulator knows it. */
export interface SimulatorAuthenticator {
  /** Names it in forms and in `SimulatorUser.authenticators`, for example `smartcard`. */
  name: string
  /** Authenticator assurance level that a sign-in with it reaches. */
  aal: 1 | 2 | 3
  /** The ID token's `amr` after a sign-in with it. */
  amr: string[]
  /** The value of `acr_values` that asks for exactly this one. */
  acr: string
}

/** What the user does to prove who she is; decides which look-alike page is shown. */
export type Proof = 'pin' | 'password' | 'code' | 'device'

interface AuthenticatorKind extends SimulatorAuthenticator {
  readonly label: string
  readonly proof: Proof
}

/**
 * Authenticators by name. The `amr` texts other than `N3_SMARTCARD` and `pwd` are guesses by name: NHS pages do not
 * list them.
 */
const KINDS = {
  smartcard: { aal: 3, amr: ['CIS2_SMARTCARD'], acr: 'AAL3_CIS2_SMARTCARD', label: 'Smartcard', proof: 'pin' },
  'smartcard-identity-agent': {
    aal: 3,
    amr: ['N3_SMARTCARD'],
    acr: 'AAL3_N3_SMARTCARD',
    label: 'Smartcard with Identity Agent (HSCN)',
    proof: 'pin',
  },
  'windows-hello': {
    aal: 3,
    amr: ['WINDOWS_HELLO'],
    acr: 'AAL3_WINDOWS_HELLO',
    label: 'Windows Hello for Business',
    proof: 'pin',
  },
  'security-key': { aal: 3, amr: ['FIDO2'], acr: 'AAL3_FIDO2', label: 'Security key', proof: 'pin' },
  ipad: { aal: 3, amr: ['IOS'], acr: 'AAL3_IOS', label: 'NHS iPad app', proof: 'device' },
  'passkey-app': {
    aal: 3,
    amr: ['PASSKEY'],
    acr: 'AAL3_PASSKEY',
    label: 'Passkey app (bound to one device)',
    proof: 'device',
  },
  passkey: { aal: 2, amr: ['PASSKEY'], acr: 'AAL2_PASSKEY', label: 'Passkey (synced)', proof: 'device' },
  'microsoft-authenticator': {
    aal: 2,
    amr: ['TOTP'],
    acr: 'AAL2_TOTP',
    label: 'Authenticator app (Microsoft Authenticator)',
    proof: 'code',
  },
  'nhs-net-connect': {
    aal: 2,
    amr: ['NHSMAIL'],
    acr: 'AAL2_NHSMAIL',
    label: 'NHS.net Connect (NHSmail)',
    proof: 'password',
  },
  password: {
    aal: 1,
    amr: ['pwd'],
    acr: 'AAL1_USERPASS',
    label: 'User name and password (test only)',
    proof: 'password',
  },
} as const satisfies Record<string, Omit<AuthenticatorKind, 'name' | 'amr'> & { amr: readonly string[] }>

/** Names of the authenticators that the simulator has a page for. */
export type AuthenticatorName = keyof typeof KINDS

/**
 * A fresh copy of a known authenticator, for a `SimulatorUser`.
 *
 * @example
 * ```ts
 * const user = { ...theCast()[0], authenticators: [authenticatorNamed('passkey')] }
 * ```
 */
export function authenticatorNamed(name: AuthenticatorName): SimulatorAuthenticator {
  const { aal, amr, acr } = KINDS[name]
  return { name, aal, amr: [...amr], acr }
}

/**
 * Every authenticator that the simulator has a page for.
 *
 * @example
 * ```ts
 * const strong = knownAuthenticators().filter(({ aal }) => aal === 3)
 * ```
 */
export function knownAuthenticators(): SimulatorAuthenticator[] {
  return (Object.keys(KINDS) as AuthenticatorName[]).map(authenticatorNamed)
}

/** What the choice page calls it, and how the user proves herself. Unknown ones (from a file) are PIN devices. */
export function presentationOf(name: string): { label: string; proof: Proof } {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name as AuthenticatorName] : undefined
  return kind ? { label: kind.label, proof: kind.proof } : { label: name, proof: 'pin' }
}

/** Whether taking the card out can end the session. */
export function isSmartcard(name: string): boolean {
  return name === 'smartcard' || name === HSCN_IDENTITY_AGENT
}

/** With this one the role is chosen when the card is inserted, whatever the application asks for. */
export const HSCN_IDENTITY_AGENT = 'smartcard-identity-agent' satisfies AuthenticatorName

type AuthenticatorFacts = Pick<SimulatorAuthenticator, 'aal' | 'acr'>

const CLASSES: Readonly<Record<string, (authenticator: AuthenticatorFacts) => boolean>> = {
  AAL3_ANY: ({ aal }) => aal === 3,
  AAL2_OR_AAL3_ANY: ({ aal }) => aal >= 2,
  AAL2_ANY: ({ aal }) => aal === 2,
  AAL3_SMARTCARD: ({ acr }) => acr === 'AAL3_CIS2_SMARTCARD' || acr === 'AAL3_N3_SMARTCARD',
}

/** The `acr_values` that discovery lists: classes first, then the specific ones. */
export function acrValuesSupported(): string[] {
  return [...new Set([...Object.keys(CLASSES), ...knownAuthenticators().map(({ acr }) => acr)])]
}

/** Which authenticators a request admits, and what its ID token will say as `acr`. */
export interface AcrDecision {
  /** `AAL3_ANY` and the like; `"0"` when none of the values asked for is known. */
  readonly acr: string
  readonly admits: (authenticator: AuthenticatorFacts) => boolean
}

const DEFAULT_CLASS = 'AAL3_ANY'

/**
 * Reads `acr_values`: the first known value counts. None sent means `AAL3_ANY`; none known means the default login
 * with `acr: "0"`, and no error, because `acr_values` is a voluntary request (OpenID Connect Core 3.1.2.1).
 */
export function decideAcr(acrValues: string | undefined): AcrDecision {
  const asked = (acrValues ?? DEFAULT_CLASS).split(' ').filter((value) => value !== '')
  const known = asked.find((value) => acrValuesSupported().includes(value))
  const acr = known ?? DEFAULT_CLASS
  const admits = Object.hasOwn(CLASSES, acr) ? CLASSES[acr] : undefined
  return { acr: known ?? '0', admits: admits ?? ((authenticator) => authenticator.acr === acr) }
}
