import { createCarriedSignIns } from '../../../../src/session/pending/carried-sign-ins.js'
import { createSealer } from '../../../../src/session/records/seal.js'
import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'
import type { PendingSignIn } from '../../../../src/session/sessions.js'

const PENDING: PendingSignIn = {
  nonce: 'nonce',
  codeVerifier: 'verifier',
  returnTo: '/patients',
  purpose: 'step-up',
  aal: 3,
  maxAuthAgeSeconds: 60,
  expectedSub: '555012345678',
  restarted: false,
}

const [OLD, NEW] = ['Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', 'Yc6j2mNp8Qs4vUw1xEz7bRt5gKd3hFa9']
const secretsOf = (...secrets: [string, ...string[]]) => deriveSecrets({ secrets, keyPrefix: 'test:' })

describe('FIELD-8 a sign-in that its browser carries', () => {
  const { seal, open } = createCarriedSignIns(secretsOf(OLD))

  it('is what was sealed, for its own state alone, under every secret that opens', () => {
    const content = { pending: PENDING, appData: { patient: 7 } }
    const sealed = seal('one', content)
    expect(open('one', sealed)).toEqual(content)
    expect(open('another', sealed)).toBeUndefined()
    expect(createCarriedSignIns(secretsOf(NEW, OLD)).open('one', sealed)).toEqual(content)
    expect(createCarriedSignIns(secretsOf(NEW)).open('one', sealed)).toBeUndefined()
  })

  it('may have none of the application’s data', () => {
    const content = { pending: PENDING, appData: undefined }
    expect(open('one', seal('one', content))).toStrictEqual(content)
  })

  it('is sealed with a key for this use alone', () => {
    const text = JSON.stringify({ pending: PENDING })
    expect(open('one', createSealer(secretsOf(OLD)).seal('one', 'c', text))).toBeUndefined()
    const [{ carrying }] = secretsOf(OLD)
    const sealer = createSealer([{ ...secretsOf(OLD)[0], sealing: carrying }])
    // Releases that run side by side read each other's.
    expect(sealer.open('one', 'c', seal('one', { pending: PENDING, appData: undefined }))).toBe(text)
  })

  it('gives nobody another prototype', () => {
    const appData = JSON.parse('{"__proto__":{"admin":true},"patient":7}') as Record<string, unknown>
    const opened = open('one', seal('one', { pending: PENDING, appData }))?.appData
    expect(Object.keys(opened ?? {})).toEqual(['patient'])
  })
})
