/** Each fault at a sign-in, against a relying party that checks everything, and against one that checks too little. */
import { describeFaults, type FaultDescription, type Simulator, startSimulator } from 'express-cis2/simulator'
import { ISSUER, makeRegistration, type Registration, type RelyingParty, startRelyingParty } from './relying-party.js'

let simulator: Simulator
let json: Registration
let signed: Registration
let strict: RelyingParty
let hurried: RelyingParty
let strictSigned: RelyingParty
let careless: RelyingParty

beforeAll(async () => {
  json = await makeRegistration()
  signed = await makeRegistration({ userInfo: 'signed' })
  simulator = await startSimulator({ issuer: ISSUER, clients: [json.client] })
  strict = await startRelyingParty({ simulator, registration: json, strict: true })
  hurried = await startRelyingParty({ simulator, registration: json, strict: true, timeoutSeconds: 1 })
  strictSigned = await startRelyingParty({ simulator, registration: signed, strict: true })
  careless = await startRelyingParty({ simulator, registration: json, strict: false })
})

afterAll(() => simulator.stop())
afterEach(() => {
  simulator.clearFaults()
})

const atSignIn = describeFaults().filter(({ place }) => !/^(logout|api)-/.test(place))
const running = atSignIn.filter(({ atStart }) => !atStart)
const starting = atSignIn.filter(({ atStart }) => atStart)

/** Whether somebody was signed in. */
async function outcomeOf({ name, place }: FaultDescription): Promise<string> {
  const isSigned = place === 'userinfo-token'
  simulator.addClient((isSigned ? signed : json).client)
  simulator.setFault(name)
  const whoWaits = name.endsWith('-slow') ? hurried : strict
  return (isSigned ? strictSigned : whoWaits).signIn().then(
    () => 'signed in',
    () => 'nobody',
  )
}

describe('a relying party that checks everything', () => {
  it('signs in while no fault is on, with plain and with signed UserInfo', async () => {
    simulator.addClient(json.client)
    expect((await strict.signIn()).userInfo).toMatchObject({ display_name: 'Ngozi Okafor' })
    simulator.addClient(signed.client)
    const { userInfo } = await strictSigned.signIn()
    expect(userInfo).toMatchObject({ display_name: 'Ngozi Okafor' })
    expect(userInfo.aud).toBeUndefined()
  })

  it.each(running.filter(({ outcome }) => outcome === 'accept'))('signs in despite $name', async (fault) => {
    expect(await outcomeOf(fault)).toBe('signed in')
  })

  it.each(running.filter(({ outcome }) => outcome !== 'accept'))('lets nobody in with $name', async (fault) => {
    expect(await outcomeOf(fault)).toBe('nobody')
  })

  it.each(starting.filter(({ outcome }) => outcome === 'accept'))(
    'starts, and signs in, with $name',
    async ({ name }) => {
      simulator.addClient(json.client)
      simulator.setFault(name)
      const started = await startRelyingParty({ simulator, registration: json, strict: true })
      expect((await started.signIn()).userInfo).toMatchObject({ display_name: 'Ngozi Okafor' })
    },
  )

  it.each(starting.filter(({ outcome }) => outcome !== 'accept'))(
    'does not start with $name',
    async ({ name, outcome }) => {
      simulator.setFault(name)
      expect(outcome).toBe('unavailable')
      await expect(startRelyingParty({ simulator, registration: json, strict: true })).rejects.toThrow()
    },
  )

  it.each(['state-wrong', 'state-missing', 'callback-iss-wrong'] as const)(
    'sends the code nowhere with %s',
    async (name) => {
      simulator.addClient(json.client)
      simulator.setFault(name)
      const before = simulator.requests.length
      await expect(strict.signIn()).rejects.toThrow()
      const paths = simulator.requests.slice(before).map(({ path }) => path)
      expect(paths.filter((path) => path.endsWith('/access_token'))).toEqual([])
    },
  )
})

describe('openid-client with its default settings', () => {
  // What it is known not to check by itself: an application has to.
  const missed = [
    'token-answer-huge',
    'signature-forged',
    'header-key-offered',
    'iat-future',
    'iat-old',
    'exp-far',
    'azp-wrong',
    'logout-token-as-id-token',
    'at-hash-wrong',
    'acr-lowered',
    'level-missing',
    'level-odd',
    'identity-level-lowered',
    'identity-level-missing',
    'auth-time-old',
    'auth-time-missing',
    'auth-time-future',
  ] as const

  it.each(missed)('falls for %s', async (name) => {
    simulator.addClient(json.client)
    simulator.setFault(name)
    await expect(careless.signIn()).resolves.toMatchObject({ claims: { sub: '555000000101' } })
  })

  it('signs in under the name that a stranger put into the token', async () => {
    simulator.addClient(json.client)
    simulator.setFault('payload-altered')
    simulator.setFault('userinfo-sub-swapped')
    await expect(careless.signIn()).resolves.toMatchObject({ claims: { sub: '555999999999' } })
  })
})
