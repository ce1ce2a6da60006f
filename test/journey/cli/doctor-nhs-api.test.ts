/** The doctor asks the API platform without a user: each spoiled form is told by its cause. */
import { generateKeyPairSync } from 'node:crypto'

import { checkNhsApi } from '../../../src/cli/doctor/check-nhs-api.js'
import type { NhsApiOptions } from '../../../src/index.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import type { FaultName } from '../../../src/simulator/index.js'
import { startTestCis2, type TestCis2 } from '../../../src/testing/index.js'

let cis2: TestCis2

beforeAll(async () => {
  cis2 = await startTestCis2({ nhsApi: true })
})

afterAll(() => cis2.stop())

afterEach(() => {
  cis2.simulator.clearFaults()
})

/** @param spoil - Of what the platform does not know: the registration is as it was. */
async function findingsFor(spoil: Partial<NhsApiOptions> = {}, fetchIt: typeof fetch = fetch) {
  const options = cis2.options()
  const config = parseOptions({ ...options, fetch: fetchIt, nhsApi: { ...options.nhsApi, ...spoil } })
  if (config.nhsApi === undefined) throw new Error('no nhsApi')
  return checkNhsApi(config, config.nhsApi)
}

const newKey = (kid: string) => ({ privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, kid })

describe('express-cis2 doctor', () => {
  it('proves API key, key set, signature and address, and gets no token by it', async () => {
    const findings = await findingsFor()
    expect(findings).toEqual([
      {
        check: 'nhs-api',
        outcome: 'ok',
        message: expect.stringContaining('app-under-test') as string,
        restsOn: expect.stringContaining('subject token last') as string,
      },
    ])
    expect(cis2.simulator.requests.at(-1)).toMatchObject({ status: 400, refusal: 'Malformed JWT in subject_token' })
  })

  it.each<[string, Partial<NhsApiOptions>, RegExp, RegExp]>([
    ['another API key', { apiKey: 'c4nary-key' }, /does not know the API key/, /API key of this application/],
    ['a kid that is not there', { keys: [newKey('unknown')] }, /no key of that kid/, /Register the public key set/],
    ['another key under the kid', { keys: [newKey('app-under-test')] }, /signature does not fit/, /Register/],
  ])('names %s', async (_what, spoil, cause, cure) => {
    const [finding, ...others] = await findingsFor(spoil)
    expect([finding?.outcome, others]).toEqual(['problem', []])
    expect(finding?.cause).toMatch(cause)
    expect(finding?.cure).toMatch(cure)
    expect(JSON.stringify(finding)).not.toContain('c4nary')
  })

  it.each<[FaultName, string, RegExp]>([
    ['api-key-set-unreachable', 'problem', /cannot reach the key set/],
    ['api-not-approved', 'problem', /not approved/],
    ['api-down', 'problem', /status 503/],
    ['api-429', 'warning', /no more requests/],
  ])('tells %s as a %s', async (fault, outcome, cause) => {
    cis2.simulator.setFault(fault)
    const [finding] = await findingsFor()
    expect(finding).toMatchObject({ check: 'nhs-api', outcome })
    expect(finding?.cause).toMatch(cause)
  })

  it('is not taken in by something that answers anything', async () => {
    const answer = { access_token: 'a', token_type: 'Bearer', expires_in: '599' }
    const [finding] = await findingsFor({}, () => Promise.resolve(Response.json(answer)))
    expect(finding).toMatchObject({
      outcome: 'problem',
      cause: expect.stringContaining('not the API platform') as string,
    })
  })

  it('asks with each key that may sign now', async () => {
    const later = { ...newKey('later'), notBefore: new Date(Date.now() + 86_400_000) }
    const findings = await findingsFor({ keys: [newKey('one'), newKey('two'), later] })
    expect(findings.map(({ message }) => /key "(\w+)"/.exec(message)?.[1])).toEqual(['one', 'two'])
  })
})
