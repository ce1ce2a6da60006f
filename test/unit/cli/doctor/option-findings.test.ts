import { checkConfiguration } from '../../../../src/cli/doctor/check-configuration.js'
import { optionFindings } from '../../../../src/cli/doctor/option-findings.js'
import { readOptionsFromEnvironment } from '../../../../src/cli/doctor/read-options.js'
import type { ConfigError } from '../../../../src/errors.js'
import { parseOptions } from '../../../../src/options/parse-options.js'

/** What the doctor says when the options are read from these variables. */
function findingsFor(env: Record<string, string>) {
  return checkConfiguration(readOptionsFromEnvironment(env), env, { fromEnvironment: true }).findings
}

const GOOD = {
  CIS2_ENVIRONMENT: 'int',
  CIS2_CLIENT_ID: 'client',
  CIS2_CLIENT_SECRET: 'a-client-secret-of-this-test',
  CIS2_BASE_URL: 'https://clinic.example.nhs.uk',
  SESSION_SECRET: 'a session secret of thirty-two characters',
  REDIS_URL: 'redis://127.0.0.1',
}

describe('optionFindings', () => {
  it('names the variable of every option that is missing, with a cure of its own', () => {
    const found = findingsFor({})
    expect(found.map(({ message }) => message.split(' (')[0])).toEqual([
      'CIS2_CLIENT_ID',
      'CIS2_BASE_URL',
      'CIS2_PRIVATE_KEY',
      'CIS2_ENVIRONMENT',
      'CIS2_SESSION_SECRET',
      'CIS2_REDIS_URL',
    ])
    expect(new Set(found.map(({ cure }) => cure)).size).toBe(found.length)
    for (const { message, cure } of found) {
      expect(cure).toContain(`Set ${message.split(' (')[0] ?? ''}`)
      expect(cure).not.toContain('README')
      expect(message).not.toContain('is its environment variable set?')
    }
  })

  it.each([
    { changes: { CIS2_CLIENT_ID: '' }, says: 'CIS2_CLIENT_ID (clientId) is missing or empty' },
    { changes: { CIS2_BASE_URL: 'clinic' }, says: 'CIS2_BASE_URL (baseUrl) must be an absolute URL' },
    { changes: { CIS2_ENVIRONMENT: 'test' }, says: 'CIS2_ENVIRONMENT (environment) must be one of' },
    { changes: { SESSION_SECRET: 'short' }, says: 'SESSION_SECRET (session.secret) ' },
    { changes: { CIS2_SESSION_SECRET: 'short' }, says: 'CIS2_SESSION_SECRET (session.secret) ' },
    { changes: { REDIS_URL: 'http://x' }, says: 'REDIS_URL (session.redis) ' },
    {
      changes: { CIS2_CLIENT_SECRET_METHOD: 'guess' },
      says: 'CIS2_CLIENT_SECRET_METHOD (clientAuthentication.method) ',
    },
    {
      changes: { NHS_API_KEY: 'x', NHS_API_KEY_ID: 'y', NHS_API_PRIVATE_KEY: 'no key' },
      says: 'NHS_API_PRIVATE_KEY (nhsApi.keys[0].privateKey) ',
    },
  ])('names the variable that is wrong: $changes', ({ changes, says }) => {
    const [finding, ...others] = findingsFor({ ...GOOD, ...changes })
    expect(others).toEqual([])
    expect(finding?.message.startsWith(says)).toBe(true)
    expect(finding?.cure).toContain(says.split(' (')[0])
  })

  it('offers the other variable where one of two may be set', () => {
    expect(optionFindings(['session.secret is missing'], {})[0]?.cure).toContain(
      'CIS2_SESSION_SECRET (or SESSION_SECRET)',
    )
  })

  it('names the option where a module says it', () => {
    const [finding] = optionFindings(['clientId is missing or empty; is its environment variable set?'], undefined)
    expect(finding).toMatchObject({
      message: 'clientId is missing or empty; is its environment variable set?',
      cure: expect.stringMatching(/^Set clientId to the client ID/) as string,
    })
  })

  it.each([
    ['"clientID" is not an option; the nearest is clientId', 'Correct the name, or remove it.'],
    ['NODE_TLS_REJECT_UNAUTHORIZED=0 must not be set', 'Unset NODE_TLS_REJECT_UNAUTHORIZED.'],
    ['aal must be one of 1, 2, 3', 'Correct aal as the message says.'],
    ['The options must be an object', 'Correct the options as the message says.'],
  ])('has a cure for %s', (text, cure) => {
    expect(optionFindings([text], undefined)[0]?.cure).toBe(cure)
  })

  it('leaves no problem of an empty configuration without a cure that names something', () => {
    let problems: readonly string[] = []
    try {
      parseOptions({})
    } catch (error) {
      problems = (error as ConfigError).problems
    }
    for (const { cure } of optionFindings(problems, undefined)) expect(cure).toMatch(/^(Set|Correct) \S+/)
  })
})
