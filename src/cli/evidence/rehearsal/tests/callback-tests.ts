/** Callbacks that somebody tampered with, stole or sent twice. */
import { ROLELESS } from '../cast.js'
import type { TestCase } from '../test-case.js'
import { labelOf } from '../visitor.js'
import { OWN_ROLE_PAGE } from '../application.js'
import { isRefused, REFUSED, refusesSignIn } from './refuses-sign-in.js'

const stateWrong = refusesSignIn({
  id: 'state-changed',
  name: 'A changed state',
  fault: 'state-wrong',
  request: 'a callback whose state was changed in the address bar',
})

const issuerWrong = refusesSignIn({
  id: 'callback-iss-wrong',
  name: 'An answer of another issuer (mix-up)',
  fault: 'callback-iss-wrong',
  request: 'a callback whose iss parameter names another issuer',
})

const anotherBrowser: TestCase = {
  id: 'another-browser',
  name: "Another browser's callback (login CSRF)",
  request: 'the address of a callback, opened in a browser that began no sign-in',
  expected: REFUSED,
  async run(scene) {
    const address = await scene.toCallback(scene.newVisitor())
    const victim = scene.newVisitor()
    return isRefused(scene, victim, await victim.open(address))
  },
}

const replayed: TestCase = {
  id: 'callback-replayed',
  name: 'A callback that was used before',
  request: 'the address of a callback that has signed its user in, opened in another browser',
  expected: REFUSED,
  async run(scene) {
    const user = scene.newVisitor()
    const address = await scene.toCallback(user)
    await user.open(address)
    const thief = scene.newVisitor()
    return isRefused(scene, thief, await thief.open(address))
  },
}

const noRole: TestCase = {
  id: 'no-role',
  name: 'A user without a role',
  request: 'a sign-in of somebody who has no role, and a visit to each guarded page',
  expected: 'catered for: no fault of the server, and nothing that needs a role',
  async run(scene) {
    const visitor = scene.newVisitor()
    const answers = [await scene.signIn(visitor, ROLELESS)]
    const paths = scene.isTheirs ? scene.guarded : [OWN_ROLE_PAGE]
    for (const path of paths) answers.push(await visitor.open(path))
    const served = !scene.isTheirs && answers.at(-1)?.status !== 403
    return {
      passed: !served && answers.every(({ status }) => status < 500),
      answer: answers.map(labelOf).join(', '),
    }
  },
}

export const CALLBACK_TESTS: readonly TestCase[] = [stateWrong, issuerWrong, anotherBrowser, replayed, noRole]
