/** A guard that asks for more must end in the page or in a refusal: whatever CIS2 sends back, never in a circle. */
import { requireCis2, type Requirement } from '../../src/index.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { NURSE } from '../support/app/scripted-provider.js'
import { TestClock, type TestApp } from '../support/app/start-app.js'

const GUARDS: Readonly<Record<string, Requirement>> = {
  none: {},
  level: { aal: 3 },
  fresh: { maxAuthAgeSeconds: 60 },
  both: { aal: 3, maxAuthAgeSeconds: 60 },
  either: {
    anyOf: [
      { aal: 3, roles: ['R8000'] },
      { aal: 2, maxAuthAgeSeconds: 120, roles: ['R8001'] },
    ],
  },
}

/** What CIS2 answers to the sign-in that the guard asked for. */
const ANSWERS = [
  'level 3, fresh',
  'level 2, fresh',
  'level 3, old',
  'level 2, old',
  'cancelled',
  'another user',
] as const
/** How old "old" is: more than any guard allows, less than a sign-in of its own accepts. */
const OLD = 200

const START = [
  { signedIn: 'nobody', aal: undefined, age: 0 },
  { signedIn: 'level 2, fresh', aal: '2', age: 0 },
  { signedIn: 'level 2, old', aal: '2', age: OLD },
  { signedIn: 'level 3, fresh', aal: '3', age: 0 },
  { signedIn: 'level 3, old', aal: '3', age: OLD },
] as const

const CASES = START.flatMap((start) =>
  Object.keys(GUARDS).flatMap((guard) => ANSWERS.map((answer) => ({ ...start, guard, answer }))),
)

describe.each(['login', false] as const)('AAL-2 AAL-6 step-up with prompt %s', (prompt) => {
  const clock = new TestClock()
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    {
      clock,
      options: { aal: 2, prompt },
      after(express) {
        for (const [name, requirement] of Object.entries(GUARDS)) {
          express.get(`/guard/${name}`, requireCis2(requirement), (req, res) => {
            res.json({ aal: req.cis2User?.aal, age: clock.now / 1000 - (req.cis2User?.authenticatedAt ?? 0) })
          })
        }
      },
    },
  )

  function answerWith(answer: (typeof ANSWERS)[number]): void {
    const sub = answer === 'another user' ? '555099999999' : NURSE.sub
    provider.person = { ...NURSE, sub, aal: answer.startsWith('level 2') ? '2' : '3' }
    provider.authAgeSeconds = answer.endsWith('old') ? OLD : 0
    if (answer !== 'cancelled') return
    provider.script.callback = (honest) => {
      honest.delete('code')
      honest.set('error', 'access_denied')
      return honest
    }
  }

  /** What the guard must say of a sign-in, judged apart from the package. */
  function holds(guard: string, aal: number, age: number): boolean {
    if (guard === 'level') return aal === 3
    if (guard === 'fresh') return age <= 60
    if (guard === 'both') return aal === 3 && age <= 60
    if (guard === 'either') return age <= 120
    return true
  }

  it.each(CASES)(
    '$signedIn meets guard $guard, CIS2 answers $answer: the page or a refusal, at once',
    async ({ aal, age, guard, answer }) => {
      provider.reset()
      const browser = app.browser()
      if (aal !== undefined) {
        provider.person = { ...NURSE, aal }
        provider.authAgeSeconds = age
        expect((await app.signIn(browser)).status).toBe(303)
      }
      provider.requests.length = 0
      answerWith(answer)
      // Two rounds at most, of guard, login, CIS2 and callback each; `follow` throws beyond.
      const landed = await browser.follow(`${app.baseUrl}/guard/${guard}`, 9)
      const asked = provider.requestsTo('/authorize').length
      expect(asked).toBeLessThanOrEqual(aal === undefined ? 2 : 1)
      expect([200, 403]).toContain(landed.status)
      const where = new URL(landed.address).pathname
      if (landed.status === 200 && where === `/guard/${guard}`) {
        const seen = landed.json() as { aal: number; age: number }
        expect(holds(guard, seen.aal, seen.age)).toBe(true)
      } else if (landed.status === 200) {
        // Another user never lands where the first one wanted to go.
        expect([answer, where]).toEqual(['another user', '/'])
      } else {
        expect(where).toBe('/callback')
      }
      if (aal !== undefined && holds(guard, Number(aal), age)) expect([asked, landed.status]).toEqual([0, 200])
      // A refused step-up leaves the session that was there.
      if (aal !== undefined && landed.status === 403) {
        expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub, aal: Number(aal) })
      }
    },
  )

  it("asks of a stranger what the guard wants in the first sign-in: one at CIS2's, not two", async () => {
    provider.reset()
    const landed = await app.browser().follow(`${app.baseUrl}/guard/both`)
    expect([landed.status, new URL(landed.address).pathname]).toEqual([200, '/guard/both'])
    const asked = provider.requestsTo('/authorize').map(({ query }) => query)
    expect(asked.map((query) => query.get('acr_values'))).toEqual(['AAL3_ANY'])
    expect(asked[0]?.get('prompt') === 'login' || Number(asked[0]?.get('max_age')) <= 60).toBe(true)
  })

  it('AAL-2 has CIS2 authenticate afresh, whatever the options say: its session has not the level', async () => {
    provider.reset()
    provider.person = { ...NURSE, aal: '2' }
    const browser = await app.signedIn()
    const first = await browser.navigate(`${app.baseUrl}/strong`)
    const second = await browser.navigate(first.location ?? '')
    expect(new URL(second.location ?? '').searchParams.get('prompt')).toBe('login')
  })
})
