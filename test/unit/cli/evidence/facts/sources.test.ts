/** The documents that the evidence is made from say what the code looks for in them, and the other way round. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { ASVS_HEADINGS, describeAsvs } from '../../../../../src/cli/evidence/facts/asvs.js'
import { startHazardLog } from '../../../../../src/cli/evidence/facts/hazards.js'
import { readTable } from '../../../../../src/cli/evidence/facts/read-tables.js'
import { describeSecurityCases, expandCases } from '../../../../../src/cli/evidence/facts/security-cases.js'
import { judgeRequirements, REQUIREMENTS_HEADING } from '../../../../../src/cli/evidence/facts/requirements.js'
import { CALLBACK_TESTS } from '../../../../../src/cli/evidence/rehearsal/tests/callback-tests.js'
import { LOGOUT_TESTS } from '../../../../../src/cli/evidence/rehearsal/tests/logout-tests.js'
import {
  cachingTests,
  ERROR_PAGE_TESTS,
  strangerTests,
} from '../../../../../src/cli/evidence/rehearsal/tests/page-tests.js'
import { REQUEST_TESTS } from '../../../../../src/cli/evidence/rehearsal/tests/request-tests.js'
import { HONEST_TEST, SESSION_TESTS } from '../../../../../src/cli/evidence/rehearsal/tests/session-tests.js'
import { TOKEN_TESTS } from '../../../../../src/cli/evidence/rehearsal/tests/token-tests.js'
import type { TestRow } from '../../../../../src/cli/evidence/report.js'
import { parseOptions } from '../../../../../src/options/parse-options.js'

const ROOT = resolve(__dirname, '../../../../..')
const DOCS = join(ROOT, 'docs')
const conformance = readFileSync(join(DOCS, 'conformance.md'), 'utf8')
const asvs = readFileSync(join(DOCS, 'asvs.md'), 'utf8')
const securityCases = readFileSync(join(DOCS, 'security-cases.md'), 'utf8')

const TESTS = [
  ...[
    HONEST_TEST,
    ...REQUEST_TESTS,
    ...TOKEN_TESTS,
    ...CALLBACK_TESTS,
    ...strangerTests(['/a']),
    ...cachingTests(['/a']),
  ],
  ...[...ERROR_PAGE_TESTS, ...LOGOUT_TESTS, ...SESSION_TESTS],
]
const ids = TESTS.map(({ id }) => id)

const config = parseOptions({
  issuer: 'https://cis2.example:443/realm',
  clientId: 'client',
  clientAuthentication: { method: 'client_secret_post', clientSecret: 'a-secret-of-this-test' },
  baseUrl: 'https://clinic.example',
  session: { secret: randomBytes(32).toString('hex'), redis: 'rediss://redis.example' },
})

function row(id: string, more: Partial<TestRow>): TestRow {
  return {
    ...{ id, name: id, against: 'application', passed: true, request: '', expected: '', answer: 'seen', event: '' },
    ...{ proof: 'run now', at: '', milliseconds: 0, messages: [], requirements: [] },
    ...more,
  }
}

describe('docs/conformance.md', () => {
  const known = readTable(conformance, REQUIREMENTS_HEADING).map(({ requirement }) => requirement)

  it('has each requirement that a test bears on, and a test for each but TLS, which is configured', () => {
    const borne = new Set(TESTS.flatMap(({ requirements = [] }) => requirements))
    expect([...borne, 'Sec Req 003'].sort()).toEqual([...known].sort())
  })

  it.each<[met: boolean | null, passed: (boolean | null)[]]>([
    [true, [true, true]],
    [false, [true, false, null]],
    [null, [true, null]],
    [null, []],
  ])('judges a requirement as %s by tests that %j', (met, passed) => {
    const tests = passed.map((each) => row('a', { passed: each, requirements: ['UI Req 001'] }))
    const judged = judgeRequirements(conformance, { tests, config, env: {} }).find(({ id }) => id === 'UI Req 001')
    expect(judged?.met).toBe(met)
    expect(judged?.packageTests.length).toBeGreaterThan(0)
  })

  it.each<[env: Record<string, string>, met: boolean]>([
    [{}, true],
    [{ NODE_OPTIONS: '--tls-min-v1.2' }, true],
    [{ NODE_OPTIONS: '--max-old-space-size=100 --tls-min-v1.0' }, false],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, false],
  ])('judges TLS with %j as %s', (env, met) => {
    const judged = judgeRequirements(conformance, { tests: [], config, env }).find(({ id }) => id === 'Sec Req 003')
    expect(judged).toMatchObject({ met, proof: 'configuration' })
  })
})

describe('docs/asvs.md', () => {
  it('has every item of both chapters, each with a known owner', () => {
    const rows = ASVS_HEADINGS.flatMap((heading) => readTable(asvs, heading))
    expect(
      rows.map(({ item }) => item).filter((item = '') => !/^(7|10)\.\d\.\d+( to 10\.\d\.\d+)?$/.test(item)),
    ).toEqual([])
    expect(rows.filter(({ item = '' }) => item.startsWith('7.'))).toHaveLength(19)
    const owners = ['ours', 'yours', 'both', 'not applicable']
    expect(rows.map(({ whose = '' }) => whose).filter((whose) => !owners.includes(whose))).toEqual([])
  })

  it('names only tests that are run', () => {
    const named = [...asvs.matchAll(/`([a-z-]+(?:-\d)?)`/g)].map(([, id = '']) => id)
    const tests = named.filter((id) => id.includes('-') && !id.startsWith('no-store'))
    expect(tests.length).toBeGreaterThan(15)
    expect(tests.filter((id) => !ids.includes(id))).toEqual([])
  })

  it('says of an item what was run', () => {
    const [item] = describeAsvs(asvs, [row('idle-end', { passed: false })]).filter((each) => each.item === '7.3.1')
    expect(item).toMatchObject({ proof: 'run now', how: expect.stringMatching(/idle-end: failed\.$/) as string })
  })
})

describe('docs/security-cases.md', () => {
  const groups = describeSecurityCases(securityCases)

  /** Read anew, without the code that is tested: every first cell that has a number. */
  const numbered = securityCases.split('\n').flatMap((line) => {
    const [, cases = ''] = line.split('|')
    return line.startsWith('|') && /\d/.test(cases) ? expandCases(cases) : []
  })

  it('is seen whole: a case that is added stands in the evidence, tested or with the reason why not', () => {
    const seen = groups.flatMap(({ cases, untested }) => [cases, ...untested.map((each) => each.cases)])
    expect([...new Set(seen.flatMap(expandCases))].sort()).toEqual([...new Set(numbered)].sort())
    expect(numbered.length).toBeGreaterThan(300)
    expect(groups).toHaveLength((securityCases.match(/^## /gm) ?? []).length)
  })

  it('counts a case as tested where one of the files that the page names has a test with its number', () => {
    const lost = groups.flatMap(({ cases, where }) => {
      const named = new Set(where.flatMap(textsOf).join('\n').split('\n').flatMap(expandCases))
      return expandCases(cases).filter((id) => !named.has(id))
    })
    expect(lost).toEqual([])
  })

  it('gives a reason for each case that no test shows', () => {
    const untested = groups.flatMap((group) => group.untested)
    expect(untested.length).toBeGreaterThan(10)
    expect(untested.filter(({ why }) => !/: not [a-z]/.test(why))).toEqual([])
    const apart = groups.flatMap(({ cases, untested: without }) => {
      const tested = new Set(expandCases(cases))
      return without.flatMap((each) => expandCases(each.cases)).filter((id) => tested.has(id))
    })
    expect(apart).toEqual([])
  })

  it('tells of a page what it says', () => {
    const page = [
      ...['# Cases', '## Odd tokens (ODD)', '| case | what | proved in |', '| --- | --- | --- |'],
      '| ODD-1 to ODD-3, ODD-5 | `alg` \\| none | `test/unit/a.test.ts`, `test/redis/` (ODD-5) |',
      '| ODD-6, EVEN-1, ODD-2 | more | `test/unit/a.test.ts` |',
      '| ODD-4 | a stranger | not applicable: see `test/unit/b.test.ts` |',
    ].join('\n')
    expect(describeSecurityCases(page)).toEqual([
      {
        group: 'Odd tokens (ODD)',
        ...{ cases: 'ODD-1 to ODD-3, ODD-5 to ODD-6, EVEN-1', count: 6, where: ['test/unit/a.test.ts', 'test/redis/'] },
        untested: [{ cases: 'ODD-4', why: 'a stranger: not applicable: see test/unit/b.test.ts' }],
        proof: 'package test',
      },
    ])
  })
})

/** Of a file, or of every file of a folder. */
function textsOf(path: string): string[] {
  const whole = join(ROOT, path)
  if (statSync(whole).isFile()) return [readFileSync(whole, 'utf8')]
  return readdirSync(whole)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(whole, name), 'utf8'))
}

describe('the hazard log', () => {
  it('says of each hazard what was run, or that it is yours to show', () => {
    const log = startHazardLog(ids.map((id) => row(id, {})))
    expect(log.filter(({ proof }) => proof !== 'run now').map(({ evidence }) => evidence)).toEqual(['Yours to add'])
    expect(new Set(log.map(({ id }) => id)).size).toBe(log.length)
  })
})
