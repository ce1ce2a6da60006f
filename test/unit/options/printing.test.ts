import { inspect } from 'node:util'

import { Redis } from 'ioredis'

import { ConfigError } from '../../../src/errors.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'
import { conceal } from '../../../src/options/conceal.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { thrownBy } from '../../support/thrown-by.js'
import { CLIENT_SECRET, configOf, options, optionsWithSession, REDIS_PASSWORD, rsa, SECRET } from './support.js'

const jwk = rsa.privateKey.export({ format: 'jwk' })
const withKey = () =>
  options({ clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: { ...jwk } }] } })

const secrets = [SECRET, CLIENT_SECRET, REDIS_PASSWORD, String(jwk.d), String(jwk.p)]

function expectNoSecretIn(text: string): void {
  for (const secret of secrets) expect(text).not.toContain(secret)
}

describe('a configuration', () => {
  it.each<{ what: string; config: () => Cis2Config }>([
    { what: 'a client secret', config: () => configOf(options()) },
    { what: 'a signing key', config: () => configOf(withKey()) },
    {
      what: 'a Redis client',
      config: () => configOf(optionsWithSession({ redis: new Redis({ password: REDIS_PASSWORD, lazyConnect: true }) })),
    },
  ])('with $what shows no secret, however it is printed (CFG-13)', ({ config }) => {
    const parsed = config()
    for (const value of [parsed, { nested: parsed }, parsed.session, parsed.clientAuthentication]) {
      expectNoSecretIn(inspect(value, { depth: null, showHidden: true }))
      expectNoSecretIn(inspect(value, { depth: null, customInspect: false }))
      expectNoSecretIn(JSON.stringify(value))
    }
    expect(inspect(parsed, { depth: null })).toContain('[redacted]')
  })

  it('says that sessions are kept in memory, which is no secret', () => {
    const parsed = configOf({ ...optionsWithSession({ redis: 'memory' }), baseUrl: 'http://localhost:3000' })
    expect(JSON.parse(JSON.stringify(parsed))).toMatchObject({ session: { redis: 'memory', secrets: '[redacted]' } })
  })

  it('cannot be changed, at any depth (CFG-13)', () => {
    expect(thawedPartsOf(configOf(withKey()))).toEqual([])
    expect(thawedPartsOf(configOf(options()))).toEqual([])
  })

  it('does not follow what is done to the options afterwards (CFG-13)', () => {
    const written = {
      ...withKey(),
      allowedEndpointOrigins: ['https://a.example'],
      acrValues: { 3: 'AAL3_FIDO2' },
      routes: { login: '/in' },
      session: { secret: [SECRET], redis: 'redis://localhost' },
    }
    const parsed = configOf(written)
    const before = inspect(parsed, { depth: null })
    const sealing = [...parsed.session.secrets]
    written.allowedEndpointOrigins.push('https://evil.example')
    written.acrValues[3] = 'AAL1_USERPASS'
    written.routes.login = '/elsewhere'
    written.session.secret[0] = 'x'
    jwkOf(written).n = 'x'
    expect(inspect(parsed, { depth: null })).toBe(before)
    expect(parsed.session.secrets).toEqual(sealing)
  })

  it('has a ConfigError that shows no secret either', () => {
    const error = thrownBy(() =>
      parseOptions(
        options({
          clientAuthentication: { method: 'client_secret_post', clientSecret: ` ${CLIENT_SECRET}` },
          session: { secret: [`${SECRET} `, CLIENT_SECRET], redis: `http://x:${REDIS_PASSWORD}@redis.internal` },
        }),
        {},
      ),
    )
    expect(error).toBeInstanceOf(ConfigError)
    expectNoSecretIn(inspect(error, { depth: null, showHidden: true }))
  })
})

function jwkOf(written: object): Record<string, unknown> {
  const { clientAuthentication } = written as {
    clientAuthentication: { keys: [{ privateKey: Record<string, unknown> }] }
  }
  return clientAuthentication.keys[0].privateKey
}

/** Paths of the plain objects and lists in a value that are not frozen. */
function thawedPartsOf(value: unknown, path = 'config'): string[] {
  if (typeof value !== 'object' || value === null) return []
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  if (!isPlain) return []
  const parts = Object.entries(value).flatMap(([name, part]) => thawedPartsOf(part, `${path}.${name}`))
  return Object.isFrozen(value) ? parts : [path, ...parts]
}

describe('conceal', () => {
  it('hides members from whoever prints, and from nobody else', () => {
    const object = conceal({ name: 'clinic', secret: 'hush' }, { secret: '[redacted]' })
    expect(object.secret).toBe('hush')
    expect(inspect(object)).toBe("{ name: 'clinic', secret: '[redacted]' }")
    expect(JSON.stringify(object)).toBe('{"name":"clinic","secret":"[redacted]"}')
    expect(inspect(object, { customInspect: false })).not.toContain('hush')
    expect(Object.isFrozen(object)).toBe(true)
  })
})
