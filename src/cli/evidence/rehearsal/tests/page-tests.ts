/** Guarded pages and error pages: what strangers see of them. */
import { PERSONAL } from '../cast.js'
import type { Target, TestCase } from '../test-case.js'
import { labelOf, type Answer } from '../visitor.js'
import { signedIn } from './session-tests.js'

/** For each path that the team names with `--protect`, or the one of ours. */
export function strangerTests(paths: readonly string[]): TestCase<Target>[] {
  return paths.map((path, index) => ({
    id: `protected-${index + 1}`,
    name: `${path} for whoever is not signed in`,
    request: `${path}, as a browser and as a program, without a cookie`,
    expected: 'a redirect to the sign-in, 401 or 403; never the page',
    async run(target) {
      const stranger = target.newVisitor()
      const answers = [await stranger.open(path), await stranger.open(path, { as: 'program' })]
      return { passed: answers.every(isKeptOut), answer: answers.map(labelOf).join(', ') }
    },
  }))
}

function isKeptOut({ status, headers }: Answer): boolean {
  return [401, 403].includes(status) || ([302, 303].includes(status) && headers.has('location'))
}

export function cachingTests(paths: readonly string[]): TestCase[] {
  return paths.map((path, index) => ({
    id: `not-kept-${index + 1}`,
    name: `${path} in a cache`,
    request: `${path}, signed in`,
    expected: 'Cache-Control: no-store',
    async run(scene) {
      const visitor = await signedIn(scene)
      const answer = await visitor.open(path)
      const caching = answer.headers.get('cache-control') ?? '(none)'
      return { passed: /\bno-store\b/i.test(caching), answer: `${answer.status}, Cache-Control: ${caching}` }
    },
  }))
}

/** Texts that an invented callback carries, and no answer may repeat. */
const INVENTED = { code: 'invented-code-3fa9c1', state: 'invented-state-8be204' }

const strangersError: TestCase<Target> = {
  id: 'error-page-stranger',
  name: 'What an error page tells a stranger',
  request:
    'a callback with an invented code and state, and an address that does not exist, as a browser and as a program',
  expected: 'no stack, no path of the server, no error object, nothing of what was sent',
  async run(target) {
    const stranger = target.newVisitor()
    const callback = `${String(target.config.routes.callback)}?${new URLSearchParams(INVENTED).toString()}`
    const answers: Answer[] = []
    for (const path of [callback, '/evidence-no-such-page']) {
      for (const as of ['browser', 'program'] as const) answers.push(await stranger.open(path, { as }))
    }
    return judge(answers, Object.values(INVENTED))
  },
}

const refusedError: TestCase = {
  id: 'error-page-refused',
  name: 'What an error page tells of a refused sign-in',
  request: 'a sign-in whose ID token repeats another nonce, and one that UserInfo spoils',
  expected: 'no stack, no path of the server, no token, code or state, nothing of the person',
  async run(scene) {
    const answers: Answer[] = []
    const secrets: string[] = [...PERSONAL]
    for (const fault of ['nonce-wrong', 'userinfo-sub-swapped'] as const) {
      scene.simulator.setFault(fault)
      try {
        const visitor = scene.newVisitor()
        const address = await scene.toCallback(visitor)
        const query = new URL(address, 'https://localhost').searchParams
        secrets.push(query.get('code') ?? '', query.get('state') ?? '')
        answers.push(await visitor.open(address))
      } finally {
        scene.simulator.clearFaults()
      }
    }
    return judge(answers, secrets)
  },
}

/** What gives the inside of a server away. */
const INSIDES: Readonly<Record<string, RegExp>> = {
  'a stack trace': /\n?\s+at .{1,200}:\d+:\d+|&nbsp;at |\\n\s+at /,
  'a path of the server': /node_modules|node:internal|file:\/\/|\/dist\/|\\node_modules\\/,
  'an error object': /"(stack|cause)"\s*:/,
  'a token': /\beyJ[\w-]{10,}\.[\w-]{10,}/,
}

function judge(answers: readonly Answer[], secrets: readonly string[]): { passed: boolean; answer: string } {
  const told = answers.map(({ body }) => body)
  const inside = Object.entries(INSIDES).filter(([, pattern]) => told.some((body) => pattern.test(body)))
  const repeats = secrets.some((secret) => secret !== '' && told.some((body) => body.includes(secret)))
  const leaks = [...inside.map(([name]) => name), ...(repeats ? ['what was sent, or the person'] : [])]
  const faults = answers.some(({ status }) => status >= 500) ? ['a fault of the server (5xx)'] : []
  const statuses = answers.map(labelOf).join(', ')
  const found = [...leaks, ...faults]
  return {
    passed: found.length === 0,
    answer: found.length === 0 ? `${statuses}; nothing told` : `${statuses}; told: ${found.join(', ')}`,
  }
}

export const STRANGER_ERROR_TESTS: readonly TestCase<Target>[] = [strangersError]
export const ERROR_PAGE_TESTS: readonly TestCase[] = [...STRANGER_ERROR_TESTS, refusedError]
