/** A hazard log to start from. Severity, likelihood and residual risk are the clinical safety officer's to judge. */
import type { HazardRow, TestRow } from '../report.js'

interface Hazard extends Omit<HazardRow, 'evidence' | 'proof' | 'id'> {
  /** Ids of the tests that show the control. */
  readonly shownBy: readonly string[]
}

const HAZARDS: readonly Hazard[] = [
  {
    hazard: 'A stranger reads or changes patient records as a member of staff',
    cause: 'A forged, replayed or borrowed token or callback is accepted',
    effect: 'Wrong treatment by wrong records; breach of confidentiality',
    control: 'Signature, issuer, audience, nonce, state and browser are checked; a code is used once',
    shownBy: [
      'signature-forged',
      'alg-none',
      'iss-wrong',
      'aud-wrong',
      'nonce-wrong',
      'state-changed',
      'another-browser',
      'callback-replayed',
    ],
  },
  {
    hazard: 'A colleague acts under the name of whoever left the screen',
    cause: 'A session lives on after its user has gone',
    effect: 'Entries and prescriptions are attributed to the wrong person',
    control: 'Idle and absolute end; the smartcard taken out ends the session (back-channel logout)',
    shownBy: ['idle-end', 'absolute-end', 'back-channel-logout'],
  },
  {
    hazard: "One person's sign-in is taken for another's",
    cause: 'UserInfo, or a callback, of somebody else is used',
    effect: 'Care is recorded under the wrong name; wrong rights',
    control: 'sub of UserInfo equals sub of the ID token; the callback belongs to the browser that began',
    shownBy: ['userinfo-sub', 'another-browser'],
  },
  {
    hazard: 'Somebody with too weak a sign-in does what needs a strong one',
    cause: 'The level asked for was changed in the address bar, or not reached',
    effect: 'An act without sufficient proof of who did it',
    control: 'The level of the signed ID token decides, at sign-in and at each guard',
    shownBy: ['level-low', 'level-missing'],
  },
  {
    hazard: 'Somebody whose identity was not proved is let in',
    cause: 'The identity level is low, missing or not checked',
    effect: 'An unknown person acts as staff',
    control: 'identityAssuranceLevel 3; missing is refused',
    shownBy: ['identity-level-low', 'identity-level-missing'],
  },
  {
    hazard: 'A user acts in a role that was not selected, or in none',
    cause: 'Another role of the list is taken, or none is catered for',
    effect: 'Rights beyond the role; or no access when it is needed',
    control: 'Guards judge the selected role alone; no role holds nothing and breaks nothing',
    shownBy: ['no-role'],
  },
  {
    hazard: 'A page with patient data can be opened without a sign-in',
    cause: 'A route has no guard',
    effect: 'Breach of confidentiality',
    control: 'requireCis2 on each route; named with --protect, each is tried as a stranger',
    shownBy: ['protected-1'],
  },
  {
    hazard: "The next user of a shared computer sees the last one's pages",
    cause: 'Pages are kept by a browser or a cache',
    effect: 'Breach of confidentiality; acting on the wrong patient',
    control: 'Guarded answers are no-store; sign-out ends the session on the server',
    shownBy: ['not-kept-1', 'sign-out'],
  },
  {
    hazard: 'A signed-in user is thrown out in the middle of care',
    cause: 'A forged or replayed logout token is obeyed',
    effect: 'Delay; what was typed is lost',
    control: 'Logout tokens are verified and used once',
    shownBy: ['logout-token-forged', 'logout-token-alg-none', 'logout-token-aud', 'logout-token-replayed'],
  },
  {
    hazard: 'Staff cannot sign in when care is needed',
    cause: 'CIS2, Redis, the network or a certificate fails',
    effect: 'Delay; no access to records',
    control:
      'Signed-in users carry on without CIS2; waits are bounded, and health() tells; your business continuity plan',
    shownBy: [],
  },
  {
    hazard: 'Who did what cannot be reconstructed',
    cause: 'Sign-ins, refusals and ends of sessions are not recorded',
    effect: 'Incidents cannot be investigated',
    control: 'The audit stream onEvent, one event for each outcome',
    shownBy: ['honest-sign-in'],
  },
  {
    hazard: 'An error page tells a stranger about users or the server',
    cause: 'Errors are shown as they are',
    effect: 'Breach of confidentiality; attacks made easier',
    control: 'Pages carry a code and a reference; tokens, secrets and people are in no error',
    shownBy: ['error-page-stranger', 'error-page-refused'],
  },
]

export function startHazardLog(tests: readonly TestRow[]): HazardRow[] {
  return HAZARDS.map(({ shownBy, ...hazard }, index) => {
    const shown = tests.filter(({ id }) => shownBy.includes(id))
    const told = shown.map(({ name, passed }) => `${name}: ${wordFor(passed)}`)
    return {
      id: `CIS2-H${String(index + 1).padStart(2, '0')}`,
      ...hazard,
      evidence: told.length > 0 ? told.join('; ') : 'Yours to add',
      proof: shown.length > 0 ? 'run now' : 'declare yourself',
    }
  })
}

export function wordFor(passed: boolean | null): string {
  return passed === null ? 'not run' : passed ? 'passed' : 'failed'
}
