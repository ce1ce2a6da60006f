/** Back-channel logout: what ends a session, and what must not. */
import type { FaultName } from '../../../../simulator/faults/index.js'
import { STAFF } from '../cast.js'
import type { Scene, TestCase, Verdict } from '../test-case.js'
import { signedIn } from './session-tests.js'

const REQUIREMENT = 'Back-channel logout'

async function endAtCis2({ simulator, config }: Scene): Promise<number> {
  const deliveries = await simulator.endSession(STAFF.sub)
  return config.routes.backChannelLogout === false ? 0 : (deliveries.at(-1)?.status ?? 0)
}

const ends: TestCase = {
  id: 'back-channel-logout',
  name: 'A session that CIS2 has ended',
  request: 'a valid logout token, and then a request with the session cookie',
  expected: '200; nobody is signed in',
  requirements: [REQUIREMENT],
  async run(scene) {
    const visitor = await signedIn(scene)
    const status = await endAtCis2(scene)
    return verdict(status, 200, await scene.isSignedIn(visitor), false)
  },
}

function refusesToken(id: string, name: string, fault: FaultName, request: string): TestCase {
  return {
    id,
    name,
    request,
    expected: '400; the session lives',
    requirements: [REQUIREMENT],
    async run(scene) {
      const visitor = await signedIn(scene)
      scene.simulator.setFault(fault)
      try {
        const status = await endAtCis2(scene)
        return verdict(status, 400, await scene.isSignedIn(visitor), true)
      } finally {
        scene.simulator.clearFaults()
      }
    },
  }
}

const replayed: TestCase = {
  id: 'logout-token-replayed',
  name: 'A logout token that was used before',
  request: 'the same logout token again, after the user has signed in anew',
  expected: '400; the new session lives',
  requirements: [REQUIREMENT],
  async run(scene) {
    await signedIn(scene)
    await endAtCis2(scene)
    const token = scene.logoutTokens.at(-1)
    if (token === undefined) return verdict(0, 400, false, true)
    const visitor = await signedIn(scene)
    return verdict(await scene.tellLogout(token), 400, await scene.isSignedIn(visitor), true)
  },
}

function verdict(status: number, wanted: number, lives: boolean, shouldLive: boolean): Verdict {
  const told =
    status === 0 ? 'CIS2 has no address to send a logout token to (routes.backChannelLogout is false)' : status
  return {
    passed: status === wanted && lives === shouldLive,
    answer: `${told}; ${lives ? 'the session lives' : 'nobody is signed in'}`,
  }
}

export const LOGOUT_TESTS: readonly TestCase[] = [
  ends,
  refusesToken(
    'logout-token-forged',
    'A forged logout token',
    'logout-token-forged',
    "a logout token that a stranger signed, under the real key's kid",
  ),
  refusesToken(
    'logout-token-alg-none',
    'A logout token without a signature',
    'logout-token-unsigned',
    'a logout token with alg none and no signature',
  ),
  refusesToken(
    'logout-token-aud',
    'A logout token for another client',
    'logout-token-aud',
    'a logout token whose aud is another client',
  ),
  refusesToken(
    'logout-token-nonce',
    'An ID token in place of a logout token',
    'logout-token-nonce',
    'a logout token that has a nonce, as ID tokens have',
  ),
  replayed,
]
