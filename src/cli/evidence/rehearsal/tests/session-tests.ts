/** What becomes of a session: its cookie, its renewal, its ends. */
import type { Answer, Visitor } from '../visitor.js'
import { labelOf } from '../visitor.js'
import type { Scene, TestCase, Verdict } from '../test-case.js'
import { NotReachedError } from '../scene.js'

/** CIS2's conformance: 15 minutes idle, 12 hours in all. */
const IDLE_SECONDS = 15 * 60
const ABSOLUTE_SECONDS = 12 * 3600

/** Signs in, and makes sure of it: a test of an end must have had a beginning. */
export async function signedIn(scene: Scene): Promise<Visitor> {
  const visitor = scene.newVisitor()
  const answer = await scene.signIn(visitor)
  if (await scene.isSignedIn(visitor)) return visitor
  throw new NotReachedError(`a sign-in that nothing spoils was not accepted: ${labelOf(answer)}`)
}

function isOver(over: boolean, what: string): Verdict {
  return { passed: over, answer: over ? `nobody is signed in ${what}` : `still signed in ${what}` }
}

/** The control of all others. */
export const HONEST_TEST: TestCase = {
  id: 'honest-sign-in',
  name: 'A sign-in that nothing spoils (the control: without it no refusal proves anything)',
  request: 'the whole way, as CIS2 and a browser go it',
  expected: 'signed in',
  async run(scene) {
    const visitor = scene.newVisitor()
    const answer = await scene.signIn(visitor)
    const signedIn = await scene.isSignedIn(visitor)
    return { passed: signedIn, answer: `${labelOf(answer)}; ${signedIn ? 'signed in' : 'nobody is signed in'}` }
  },
}

const idle: TestCase = {
  id: 'idle-end',
  name: 'The end of an idle session',
  request: 'a request 15 minutes and 1 second after the last one',
  expected: 'nobody is signed in',
  requirements: ['Ses Req 005'],
  async run(scene) {
    const visitor = await signedIn(scene)
    scene.advance(IDLE_SECONDS + 1)
    return isOver(!(await scene.isSignedIn(visitor)), 'after 15 minutes and 1 second without a request')
  },
}

const absolute: TestCase = {
  id: 'absolute-end',
  name: 'The end of a session that is used all day',
  request: 'requests all the time, and one 12 hours and 1 second after the sign-in',
  expected: 'nobody is signed in',
  requirements: ['Ses Req 007'],
  async run(scene) {
    const visitor = await signedIn(scene)
    const { idleTimeoutSeconds } = scene.config.session
    const step = Math.max(1, Math.min(IDLE_SECONDS, idleTimeoutSeconds) - 60)
    for (let passed = 0; passed < ABSOLUTE_SECONDS + 1; passed += step) {
      await use(scene, visitor)
      scene.advance(Math.min(step, ABSOLUTE_SECONDS + 1 - passed))
    }
    return isOver(!(await scene.isSignedIn(visitor)), '12 hours and 1 second after the sign-in, used all the time')
  },
}

/** As a page does whose user is active. */
async function use({ config: { routes }, guarded }: Scene, visitor: Visitor): Promise<Answer> {
  if (routes.session !== false) return visitor.open(routes.session, { method: 'POST', as: 'program' })
  return visitor.open(guarded[0] ?? '/')
}

const signOut: TestCase = {
  id: 'sign-out',
  name: 'A session after its sign-out',
  request: 'a sign-out, and then a request with the cookie that was stolen before it',
  expected: 'nobody is signed in',
  async run(scene) {
    const { logout } = scene.config.routes
    if (logout === false) return { passed: null, answer: 'not run: routes.logout is false' }
    const visitor = await signedIn(scene)
    const stolen = visitor.cookies
    const answer = await visitor.open(logout, { form: {}, as: 'program' })
    const over = isOver(!(await scene.isSignedIn(scene.newVisitor(), stolen)), 'with the old cookie')
    return { ...over, answer: `${labelOf(answer)}; ${over.answer}` }
  },
}

const newId: TestCase = {
  id: 'session-id-renewed',
  name: 'The session id of before a sign-in (fixation)',
  request: 'a second sign-in in the same browser, and then a request with the cookie of the first',
  expected: 'another cookie; the first one opens nothing',
  async run(scene) {
    const visitor = await signedIn(scene)
    const { cookieName } = scene.config.session
    const [before, cookies] = [visitor.cookie(cookieName), visitor.cookies]
    await scene.signIn(visitor)
    const after = visitor.cookie(cookieName)
    const lives = await scene.isSignedIn(scene.newVisitor(), cookies)
    const renewed = before !== undefined && after !== undefined && before !== after
    return {
      passed: renewed && !lives,
      answer: `${renewed ? 'another cookie' : 'no other cookie'}; ${lives ? 'the first still opens the session' : 'the first opens nothing'}`,
    }
  },
}

const cookie: TestCase = {
  id: 'session-cookie',
  name: 'The attributes of the session cookie',
  request: 'a sign-in, as it arrives at the browser',
  expected: 'one cookie: Secure, HttpOnly, SameSite=Lax or Strict, no Domain, and a name that begins with __Host-',
  async run(scene) {
    const answer = await scene.signIn(scene.newVisitor())
    const line = answer.headers.getSetCookie().find((each) => each.startsWith(`${scene.config.session.cookieName}=`))
    if (line === undefined) return { passed: false, answer: `${labelOf(answer)}, without the session cookie` }
    const [name = '', ...rest] = line.split(';').map((part) => part.trim())
    const attributes = rest.filter((each) => !/^(expires|max-age)=/i.test(each))
    const lower = attributes.map((each) => each.toLowerCase())
    const has = (...any: string[]) => any.some((each) => lower.includes(each))
    const safe =
      has('secure') &&
      has('httponly') &&
      has('samesite=lax', 'samesite=strict') &&
      has('path=/') &&
      !/domain=/i.test(line)
    return {
      passed: safe && name.startsWith('__Host-'),
      answer: [name.replace(/=.*/s, '=…'), ...attributes].join('; '),
    }
  },
}

/** Those that move the clock come last. */
export const SESSION_TESTS: readonly TestCase[] = [cookie, newId, signOut, idle, absolute]
