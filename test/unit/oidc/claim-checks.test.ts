import { isNumericDate, isPlainText, issueTimeProblem } from '../../../src/oidc/claim-checks.js'

const NOW = 1_790_000_000

describe('issueTimeProblem', () => {
  it.each([
    { tolerance: 0, oldest: 300, newest: 60 },
    { tolerance: 30, oldest: 300, newest: 60 },
    // A team that allows for clocks 5 minutes apart has such clocks: whichever of the two is ahead.
    { tolerance: 300, oldest: 360, newest: 300 },
  ])('FIELD-29 a tolerance of $tolerance s accepts what was issued $oldest s ago to $newest s ahead', (times) => {
    const { tolerance: clockToleranceSeconds, oldest, newest } = times
    const problem = (issuedAt: number) => issueTimeProblem(issuedAt, { now: NOW, clockToleranceSeconds })
    expect([problem(NOW - oldest), problem(NOW), problem(NOW + newest)]).toEqual([undefined, undefined, undefined])
    expect(problem(NOW - oldest - 1)).toMatch('too long ago')
    expect(problem(NOW + newest + 1)).toMatch('future')
  })
})

it.each([
  [0, true],
  [NOW, true],
  [-1, false],
  [1.5, false],
  ['1790000000', false],
  [2 ** 53, false],
])('%j is a time of a token: %j', (value, isOne) => {
  expect(isNumericDate(value)).toBe(isOne)
})

it('a name is a text of its length at most, without what no name has', () => {
  const isName = (value: unknown) => isPlainText(value, 5)
  expect(['a', 'abcde', 'aé/+='].map(isName)).toEqual([true, true, true])
  expect(['', 'abcdef', 'a\n', 'a\0', '\ud800', 7, ['a'], undefined].map(isName)).toEqual(Array(8).fill(false))
})
