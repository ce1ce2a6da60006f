/** FIELD-33: options as environment files, secret stores and shells damage them. */
import { generateKeyPairSync } from 'node:crypto'

import { cis2Auth, type Cis2Options } from '../../../src/index.js'
import { ConfigError } from '../../../src/errors.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { thrownBy } from '../../support/thrown-by.js'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const ESCAPED = PEM.replaceAll('\n', '\\n')
const BODY = PEM.split('\n').slice(1, -2).join('')

const GOOD = {
  environment: 'int',
  clientId: '1234.apps.national',
  clientAuthentication: { method: 'client_secret_post', clientSecret: 'a-secret-of-theirs' },
  baseUrl: 'https://clinic.example.nhs.uk',
  session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', redis: 'redis://127.0.0.1:1' },
} as const

function problemsOf(options: unknown): readonly string[] {
  try {
    parseOptions(options, {})
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).problems
  }
}

const withKey = (key: unknown) =>
  problemsOf({ ...GOOD, clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: key }] } })

describe('FIELD-33 a private key', () => {
  it.each([
    ['as it is', PEM],
    ['with escaped line breaks', ESCAPED],
    ['with the line breaks of Windows', PEM.replaceAll('\n', '\r\n')],
    ['with those escaped', PEM.replaceAll('\n', '\\r\\n')],
    ['with white space around it', `\ufeff \n${PEM}\n `],
  ])('is taken %s', (_how, text) => {
    expect(withKey(text)).toEqual([])
  })

  it.each([
    ['spaces for line breaks', PEM.replaceAll('\n', ' '), 'lost its line breaks'],
    ['no line breaks at all', PEM.replaceAll('\n', ''), 'lost its line breaks'],
    ['double quotes around it', `"${PEM}"`, 'is in quotes'],
    ['single quotes around it', `'${ESCAPED}'`, 'is in quotes'],
    ['line breaks escaped twice', PEM.replaceAll('\n', '\\\\n'), 'escaped twice'],
    ['base64 around it', Buffer.from(PEM).toString('base64'), 'base64 of PEM text'],
    ['base64 in lines around it', Buffer.from(PEM).toString('base64').replace(/.{76}/g, '$&\n'), 'base64 of PEM text'],
    ['no first and last line', BODY, 'without its first and last line'],
    ['its first line alone', '-----BEGIN PRIVATE KEY-----', 'only a part of it arrived'],
    ['its first half alone', PEM.slice(0, 800), 'only a part of it arrived'],
    ['a character changed', PEM.replace(/[a-z]{3}/, '***'), 'is damaged PEM text'],
    ['its file in its place', '/run/secrets/cis2.pem', 'the name of a file'],
    ['its file in its place, by name', 'cis2-key.pem', 'the name of a file'],
    ['a JWK as text', JSON.stringify(privateKey.export({ format: 'jwk' })), 'JWK as text'],
    ['"undefined"', 'undefined', 'the text "undefined"'],
    ['an object made text', '[object Object]', 'the text "[object Object]"'],
    ['something else', 'hello', 'is no PEM text'],
  ])('with %s is refused, and the likely cause named', (_damage, text, cause) => {
    const problems = withKey(text)
    expect(problems).toEqual([expect.stringContaining(cause)])
    expect(problems[0]).toMatch(/^clientAuthentication\.keys\[0\]\.privateKey /)
    expect(problems.join()).not.toContain(BODY.slice(10, 30))
  })
})

describe('FIELD-33 the address of Redis', () => {
  const withRedis = (redis: string) => problemsOf({ ...GOOD, session: { ...GOOD.session, redis } })

  it.each([
    'redis://127.0.0.1:1',
    'rediss://user:p%2F%3F%23%25%40ss@cache.example:6380/2',
    'redis://:p@ss@cache.example',
    'redis://:p:ss+=&!~@cache.example/0',
  ])('is taken as %s', (redis) => {
    expect(withRedis(redis)).toEqual([])
  })

  it.each([
    'redis://:canary/9@cache.example:6379',
    'redis://user:canary/9@cache.example:6379/0',
    'redis://:canary#9@cache.example',
    'redis://user:1/canary@cache.example',
    'redis://:canary?9@cache.example:6379',
    'rediss://user:ca/na#r?y@cache.example',
  ])('with / ? or # in its password is refused, and the cause named: %s', (redis) => {
    const problems = withRedis(redis)
    expect(problems).toEqual([expect.stringMatching(/^session\.redis has a password .*%2F, %3F and %23/)])
    expect(problems.join()).not.toContain('canary')
  })

  it.each([
    ['redis://:canary%9@cache.example', 'write it as %25'],
    ['redis://cache.example/sessions', 'a database that is no number'],
    ['"redis://cache.example"', 'is in quotes'],
    ['${REDIS_URL}', 'is a placeholder'],
    ['cache.example:6379', 'must be a redis: or rediss: URL'],
    ['http://cache.example', 'must be a redis: or rediss: URL'],
  ])('as %s is refused, and the cause named', (redis, cause) => {
    expect(withRedis(redis)).toEqual([expect.stringContaining(cause)])
  })
})

describe('FIELD-33 other texts of the environment', () => {
  it.each(['clientId', 'baseUrl', 'issuer'])('%s in quotes, missing or not replaced', (name) => {
    const { environment: _none, ...options } = GOOD
    const base = { ...options, issuer: 'https://am.example.test/realm' }
    for (const [text, cause] of [
      [`"${String((base as Record<string, unknown>)[name])}"`, 'is in quotes'],
      ['undefined', 'the text "undefined"'],
      ['<your value>', 'is a placeholder'],
      ['', 'is missing or empty'],
    ]) {
      expect(problemsOf({ ...base, [name]: text })).toEqual([expect.stringMatching(`^${name} .*${String(cause)}`)])
    }
  })
})

describe('FIELD-33 whatever is thrown', () => {
  const thrower = () => {
    throw new TypeError('canary')
  }
  const hostile = new Proxy({}, { get: thrower, ownKeys: thrower, has: thrower, getOwnPropertyDescriptor: thrower })
  const getter = Object.defineProperty({}, 'secret', { get: thrower, enumerable: true })
  const client = { duplicate: thrower, options: {} }

  it.each<[string, unknown]>([
    ['no options', undefined],
    ['a list', []],
    ['a function', () => undefined],
    ['options that cannot be looked at', hostile],
    ['a session that cannot', { ...GOOD, session: hostile }],
    ['a member that cannot', { ...GOOD, session: getter }],
    ['routes that cannot', { ...GOOD, routes: hostile }],
    ['a clock that throws', { ...GOOD, clock: thrower }],
    ['a clock that throws a text', { ...GOOD, clock: () => Promise.reject(new Error('canary')).catch(() => 1) }],
    ['a clock of no number', { ...GOOD, clock: () => 'canary' }],
    ['a client that cannot be duplicated', { ...GOOD, session: { ...GOOD.session, redis: client } }],
    ['a client of which nothing can be looked at', { ...GOOD, session: { ...GOOD.session, redis: hostile } }],
    ['symbols', { ...GOOD, clientId: Symbol('canary'), baseUrl: 5n }],
    ['keys that cannot', { ...GOOD, clientAuthentication: { method: 'private_key_jwt', keys: [hostile] } }],
    ['a method that cannot', { ...GOOD, clientAuthentication: hostile }],
    [
      'a JWK that cannot',
      { ...GOOD, clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: hostile }] } },
    ],
  ])('is a ConfigError: %s', (_what, options) => {
    const error = thrownBy(() => cis2Auth(options as Cis2Options))
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).problems.length).toBeGreaterThan(0)
    expect(String(error)).not.toContain('canary')
  })
})
