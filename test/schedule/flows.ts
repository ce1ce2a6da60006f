/** What happens to sessions in a day: the flows whose every meeting must come out right. */
import { nhsApi } from './api-tokens.js'
import type { Flow } from './flow.js'
import { administrator, backChannel, time } from './logouts.js'
import { destroy, read, regenerate, setToNull, signOut, tokens, unslide, write, writeAnonymously } from './requests.js'
import { callback, duplicate, type SignIn } from './sign-ins.js'

const NEW_SID = 'sid of the step-up'

const stepUp: SignIn = { purpose: 'step-up', who: ({ person }) => ({ sub: person.sub, sid: NEW_SID, role: 'R1' }) }
const anotherUser = { sub: '555000000099', sid: 'sid of another user' }

export const FLOWS = {
  read: read('read', false),
  passive: read('passive read', true),
  unslide,
  write,
  tokens,
  nhsApi,
  writeAnonymously,
  signIn: callback('sign-in', { purpose: 'sign-in', who: ({ person }) => ({ ...person, role: 'R1' }) }),
  stepUp: callback('step-up', stepUp),
  duplicate: duplicate('the same callback', stepUp),
  changeRole: callback('role change', { purpose: 'change-role', who: ({ person }) => ({ ...person, role: 'R2' }) }),
  anotherUser: callback('sign-in of another user', { purpose: 'step-up', who: () => ({ ...anotherUser, role: 'R3' }) }),
  signOut,
  regenerate,
  destroy,
  setToNull,
  logoutSid: backChannel('logout by sid', { sid: (person) => person.sid }),
  logoutNewSid: backChannel('logout by the sid of the step-up', { sid: () => NEW_SID, sub: true }),
  logoutSub: backChannel('logout by sub', { sub: true }),
  logoutSubBefore: backChannel('logout by sub, issued before the sign-in', { sub: true, issuedAgo: 30 }),
  logoutSubAfter: backChannel('logout by sub, issued after the sign-in', { sub: true, issuedAgo: -30 }),
  endSub: administrator('administrator by sub', 'sub'),
  endSid: administrator('administrator by sid', 'sid'),
  idle: time('idle expiry', 900),
  absolute: time('absolute expiry', 43_200),
} satisfies Record<string, Flow>

export type FlowName = keyof typeof FLOWS
