import { toAccessSubject } from '../../../../src/cis2/user-from-claims.js'
import { recordOfUser } from '../../../../src/cis2/user-record.js'
import { sidHashOf } from '../../../../src/events.js'
import { createSealer } from '../../../../src/session/records/seal.js'
import {
  appTextOf,
  createSessionRecords,
  noteOf,
  parseAppData,
  type SmallRecord,
} from '../../../../src/session/records/session-record.js'
import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'
import type { NewSession } from '../../../../src/session/sessions.js'
import { aUser } from '../../../../src/testing/a-user.js'

const SECRETS = deriveSecrets({ secrets: ['Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'], keyPrefix: 'cis2:' })
const ID = 'the id'
const TAG = 'the tag'

const USER = aUser({ role: 'R8000' })
const SMALL: SmallRecord = {
  subject: toAccessSubject(USER),
  sid: 'sid',
  signedInAt: USER.authenticatedAt + 2,
  absolute: 1_800_000_000_000,
}
const SESSION: NewSession = {
  user: USER,
  subject: SMALL.subject,
  sid: 'sid',
  tokens: { idToken: 'id token', idTokenExpiresAt: 1_790_000_060 } as NewSession['tokens'],
  appData: undefined,
}

const sealer = createSealer(SECRETS)
const records = createSessionRecords(sealer)

function sealed(change: Partial<NewSession> = {}, small = SMALL, appText?: string) {
  return records.seal(ID, TAG, { ...SESSION, ...change }, small, appText)
}

describe('the records of a session', () => {
  it('say what was sealed, each by itself', () => {
    const fields = sealed({}, SMALL, '{"patient":7}')
    const opened = records.open(ID, fields)
    expect(opened?.small).toEqual(SMALL)
    expect(opened?.user()).toEqual(USER)
    expect(records.openTokens(ID, fields.tokens)).toEqual(SESSION.tokens)
    expect(records.openAppData(ID, fields.appData ?? Buffer.alloc(0))).toEqual({
      text: '{"patient":7}',
      data: { patient: 7 },
    })
  })

  it('are frozen all the way down', () => {
    const opened = records.open(ID, sealed())
    for (const object of [opened?.small, opened?.small.subject.selectedRole, opened?.user()?.roles[0]]) {
      expect(Object.isFrozen(object)).toBe(true)
    }
  })

  it('hold none for the application that has kept nothing', () => {
    expect(sealed().appData).toBeUndefined()
  })

  it('keep the text of a user that has been made already', () => {
    const userText = recordOfUser(aUser({ name: 'As it was measured' }))
    expect(records.open(ID, sealed({ userText }))?.user()?.name).toBe('As it was measured')
  })

  it('SES-5 open for no other session', () => {
    const fields = sealed({}, SMALL, '{}')
    const other = 'another id'
    expect(records.open(other, fields)).toBeUndefined()
    expect(records.openTokens(other, fields.tokens)).toBeUndefined()
    expect(records.openAppData(other, fields.appData ?? Buffer.alloc(0))).toBeUndefined()
    expect(records.openApiToken(other, records.sealApiToken(ID, 'text'))).toBeUndefined()
    const theirs = records.seal(other, TAG, SESSION, SMALL, undefined)
    expect(records.open(ID, { small: fields.small, user: theirs.user })?.user()).toBeUndefined()
  })

  it('SES-5 stand in for no other record of their session', () => {
    const { small, user, tokens, appData = Buffer.alloc(0) } = sealed({}, SMALL, '{}')
    const apiToken = records.sealApiToken(ID, '{}')
    const all = { small, user, tokens, appData, apiToken }
    const others = (name: keyof typeof all) => Object.entries(all).flatMap(([each, it]) => (each === name ? [] : [it]))
    expect(others('small').map((each) => records.open(ID, { small: each, user }))).toEqual(Array(4).fill(undefined))
    expect(others('user').map((each) => records.open(ID, { small, user: each })?.user())).toEqual(
      Array(4).fill(undefined),
    )
    expect(others('tokens').map((each) => records.openTokens(ID, each))).toEqual(Array(4).fill(undefined))
    expect(others('appData').map((each) => records.openAppData(ID, each))).toEqual(Array(4).fill(undefined))
    expect(others('apiToken').map((each) => records.openApiToken(ID, each))).toEqual(Array(4).fill(undefined))
  })

  it('are known without opening when they were sealed just now', () => {
    const fields = sealed()
    expect(records.made(ID, fields, SMALL).small).toBe(SMALL)
  })

  it('are read as version 0.1 wrote the user, frozen as well', () => {
    const user = sealer.seal(ID, 'u', JSON.stringify(USER))
    const opened = records.open(ID, { small: sealed().small, user })?.user()
    expect(opened).toEqual(USER)
    expect(Object.isFrozen(opened?.roles)).toBe(true)
  })

  it('keep names of their own, by which releases that run side by side read them', () => {
    const { small, tokens, note } = sealed()
    expect(sealer.open(ID, 'm', small)).toBe(JSON.stringify(SMALL))
    expect(sealer.open(ID, 't', tokens)).toBe(JSON.stringify(SESSION.tokens))
    expect(sealer.open(ID, 'a', records.sealAppData(ID, 'text'))).toBe('text')
    expect(sealer.open(ID, 'p', records.sealApiToken(ID, 'text'))).toBe('text')
    expect(sealer.open(TAG, 'n', note)).toBeDefined()
    expect(sealer.openBytes(ID, 'u2', sealed().user)).toBeDefined()
  })
})

describe('the application’s data, and a token for NHS APIs', () => {
  it('come back as they were sealed', () => {
    expect(records.openAppData(ID, records.sealAppData(ID, '{"a":1}'))).toEqual({ text: '{"a":1}', data: { a: 1 } })
    expect(records.openApiToken(ID, records.sealApiToken(ID, 'token'))).toBe('token')
  })
})

describe('the note of a session', () => {
  it('says who it was and in which CIS2 session, to whoever knows the tag', () => {
    const { note } = sealed()
    expect(records.openNote(TAG, note)).toStrictEqual({ sub: USER.sub, sidHash: sidHashOf('sid') })
    expect(records.openNote('another tag', note)).toStrictEqual({})
    expect(records.openNote(TAG, sealed({ sid: undefined }).note)).toStrictEqual({ sub: USER.sub })
    expect(records.openNote(TAG, sealer.seal(TAG, 'n', '{"sidHash":"hash"}'))).toStrictEqual({ sidHash: 'hash' })
  })

  it('says what a list of the user’s sessions tells', () => {
    const { signedInAt, subject } = SMALL
    const facts = { signedInAt, authenticatedAt: USER.authenticatedAt, aal: 3 }
    expect(records.openFacts(TAG, sealed().note)).toEqual({
      ...facts,
      role: USER.selectedRole?.code,
      organisation: USER.selectedRole?.organisation.code,
    })
    const { selectedRole: _role, ...withoutRole } = subject
    expect(records.openFacts(TAG, sealed({}, { ...SMALL, subject: withoutRole }).note)).toEqual(facts)
    expect(records.openFacts(TAG, sealer.seal(TAG, 'n', JSON.stringify(noteOf(USER.sub, 'sid'))))).toBeUndefined()
    expect(records.openFacts('another tag', sealed().note)).toBeUndefined()
  })
})

describe('the application’s data as text', () => {
  it('is all of it but the cookie of express-session', () => {
    expect(appTextOf({ cookie: { path: '/' }, patient: 7, list: [1] })).toBe('{"patient":7,"list":[1]}')
  })

  it('is none where there is nothing but the cookie', () => {
    expect([{}, { cookie: { path: '/' } }].map(appTextOf)).toEqual([undefined, undefined])
  })

  it('gives nobody another prototype, at any depth', () => {
    const text = '{"a":1,"__proto__":{"admin":true},"deep":[{"__proto__":{"admin":true},"b":2}]}'
    const data = parseAppData(text)
    expect(JSON.stringify(data)).toBe('{"a":1,"deep":[{"b":2}]}')
    expect(Object.assign({}, data)).not.toHaveProperty('admin')
    expect(parseAppData('{"a":{"b":null}}')).toEqual({ a: { b: null } })
  })
})
