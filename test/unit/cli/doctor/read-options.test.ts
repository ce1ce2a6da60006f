import { readOptionsFromEnvironment, readOptionsModule, VARIABLES } from '../../../../src/cli/doctor/read-options.js'
import { CliError, type CliIo } from '../../../../src/cli/io.js'

describe('readOptionsFromEnvironment', () => {
  it('reads a configuration with a signing key', () => {
    const env = {
      CIS2_ENVIRONMENT: 'int',
      CIS2_CLIENT_ID: 'client',
      CIS2_PRIVATE_KEY: 'pem',
      CIS2_KEY_ID: 'kid',
      CIS2_KEY_ALG: 'ES256',
      CIS2_BASE_URL: 'https://clinic.example.nhs.uk',
      CIS2_SESSION_SECRET: 'secret',
      CIS2_REDIS_URL: 'redis://one',
      SESSION_SECRET: 'not this one',
      REDIS_URL: 'redis://nor-this-one',
    }
    expect(readOptionsFromEnvironment(env)).toEqual({
      environment: 'int',
      clientId: 'client',
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: 'pem', kid: 'kid', alg: 'ES256' }] },
      baseUrl: 'https://clinic.example.nhs.uk',
      session: { secret: 'secret', redis: 'redis://one' },
    })
  })

  it.each([
    { method: undefined, used: 'client_secret_post' },
    { method: 'client_secret_jwt', used: 'client_secret_jwt' },
  ])('reads a configuration with an issuer and a client secret, method $method', ({ method, used }) => {
    const env = {
      CIS2_ISSUER: 'https://issuer.example',
      CIS2_CLIENT_SECRET: 'secret',
      CIS2_CLIENT_SECRET_METHOD: method,
      SESSION_SECRET: 'session secret',
      REDIS_URL: 'redis://one',
    }
    const options = readOptionsFromEnvironment(env)
    expect(options).not.toHaveProperty('environment')
    expect(options).toMatchObject({
      issuer: 'https://issuer.example',
      clientAuthentication: { method: used, clientSecret: 'secret' },
      session: { secret: 'session secret', redis: 'redis://one' },
    })
  })

  it('leaves what is not set to be complained about, and invents nothing', () => {
    expect(readOptionsFromEnvironment({})).toEqual({
      environment: undefined,
      clientId: undefined,
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: undefined }] },
      baseUrl: undefined,
      session: { secret: undefined, redis: undefined },
    })
  })

  it('reads every variable that it names, and no other', () => {
    const read = new Set<string>()
    const env = new Proxy<Record<string, string | undefined>>(
      {},
      {
        get(_target, name) {
          read.add(String(name))
          return undefined
        },
      },
    )
    readOptionsFromEnvironment(env)
    readOptionsFromEnvironment({ ...env, CIS2_CLIENT_SECRET: 'x' })
    const others = ['SESSION_SECRET', 'REDIS_URL']
    const onlyWithASecret = 'CIS2_CLIENT_SECRET_METHOD'
    expect([...read, onlyWithASecret].filter((name) => !others.includes(name)).sort()).toEqual(
      Object.keys(VARIABLES).sort(),
    )
  })
})

describe('readOptionsModule', () => {
  const options = { clientId: 'client' }

  function importing(importModule: CliIo['importModule']): CliIo {
    const sink = { write: () => true }
    return { stdout: sink, stderr: sink, env: {}, signal: new AbortController().signal, importModule }
  }

  it.each([
    { what: 'an ES module', loaded: { default: options } },
    { what: 'a CommonJS module', loaded: { default: options, clientId: 'client' } },
    { what: 'a compiled CommonJS module', loaded: { default: { default: options }, __esModule: true } },
  ])('takes the default export of $what', async ({ loaded }) => {
    expect(
      await readOptionsModule(
        __filename,
        importing(() => Promise.resolve(loaded)),
      ),
    ).toBe(options)
  })

  it.each([{ loaded: {} }, { loaded: { default: undefined } }, { loaded: { default: 'text' } }, { loaded: null }])(
    'refuses a module that exports $loaded',
    async ({ loaded }) => {
      await expect(
        readOptionsModule(
          __filename,
          importing(() => Promise.resolve(loaded)),
        ),
      ).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining('default export') as string,
      })
    },
  )

  it('passes on every problem of a module whose cis2Auth was refused, of whichever copy of this package', async () => {
    const error = Object.assign(new Error('The configuration has 2 problems:\n- a\n- b'), {
      code: 'CIS2_CONFIG',
      problems: ['a', 'b'],
    })
    const refused = () => Promise.reject(error)
    expect(await readOptionsModule(__filename, importing(refused))).toMatchObject({ problems: ['a', 'b'] })
  })

  it.each([
    {
      what: 'another error',
      error: Object.assign(new Error('no'), { code: 'CIS2_MOUNT', problems: ['a'] }),
      says: /: no\.$/,
    },
    { what: 'one without its list', error: Object.assign(new Error('no'), { code: 'CIS2_CONFIG' }), says: /: no\.$/ },
    {
      what: 'what the loader says itself',
      error: new CliError('Install tsx.', { exitCode: 2 }),
      says: /^Install tsx\.$/,
    },
  ])('ends with one sentence for $what', async ({ error, says }) => {
    const refused = () => Promise.reject(error)
    await expect(readOptionsModule(__filename, importing(refused))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(says) as string,
    })
  })
})
