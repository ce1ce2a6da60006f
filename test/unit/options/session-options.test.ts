import { randomBytes } from 'node:crypto'

import { Cluster, Redis } from 'ioredis'

import {
  CLIENT_SECRET,
  configOf,
  options,
  optionsWithSession,
  problemsOf,
  REDIS,
  SECRET,
  type Anything,
} from './support.js'

const sessionOf = (changes: Anything) => configOf(optionsWithSession(changes)).session
const problemsWith = (changes: Anything, env?: Record<string, string>) => problemsOf(optionsWithSession(changes), env)

/** The same on a loopback address, where memory will do. */
const onLoopback = (changes: Anything, baseUrl = 'http://localhost:3000'): Anything => ({
  ...optionsWithSession(changes),
  baseUrl,
})

describe('session.secret', () => {
  const older = randomBytes(32).toString('hex')

  it('is one secret, or several of which the first seals', () => {
    expect(sessionOf({ secret: SECRET }).secrets).toEqual([SECRET])
    expect(sessionOf({ secret: [SECRET, older] }).secrets).toEqual([SECRET, older])
  })

  it.each([
    { what: 'missing', secret: undefined, because: 'is missing or empty; is its environment variable set?' },
    { what: 'empty', secret: '', because: 'is missing or empty; is its environment variable set?' },
    { what: 'no text', secret: 7, because: 'must be text' },
    { what: 'null', secret: null, because: 'must be text' },
    { what: 'of 31 characters', secret: SECRET.slice(0, 31), because: 'must have at least 32 characters' },
    { what: 'with a line break at its end', secret: `${SECRET}\n`, because: 'begins or ends with white space' },
    { what: 'one letter over and over', secret: 'a'.repeat(64), because: 'is easily guessed' },
    { what: 'seven letters over and over', secret: 'abcdefg'.repeat(5), because: 'is easily guessed' },
    { what: 'an example', secret: 'keyboard cat keyboard cat keyboard cat', because: 'is easily guessed' },
    { what: 'another example', secret: 'please-change-me-in-production-1234', because: 'is easily guessed' },
    { what: 'a template', secret: 'your-session-secret-goes-here-0123456', because: 'is easily guessed' },
  ])('is not $what (CFG-1)', ({ secret, because }) => {
    const problems = problemsWith({ secret })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^session\.secret /)
    expect(problems[0]).toContain(because)
  })

  it('is named by its place in the list when it is wrong', () => {
    expect(problemsWith({ secret: [SECRET, undefined, 'short'] }).map((problem) => problem.split(' ')[0])).toEqual([
      'session.secret[1]',
      'session.secret[2]',
    ])
    expect(problemsWith({ secret: [] })).toEqual(['session.secret must hold at least one secret'])
  })

  it.each([{ secret: CLIENT_SECRET }, { secret: [SECRET, CLIENT_SECRET] }])(
    'is not the client secret (CFG-1)',
    (changes) => {
      expect(problemsWith(changes)).toEqual(['session.secret must not be the client secret: CIS2 knows that one'])
    },
  )
})

describe('session.redis', () => {
  it.each([REDIS, 'rediss://redis.internal', 'redis://127.0.0.1:6379/2'])('takes the address %s', (redis) => {
    expect(sessionOf({ redis }).redis).toBe(redis)
  })

  it('takes a client or a Cluster of ioredis, and of another copy of it', () => {
    const client = new Redis({ lazyConnect: true })
    const cluster = new Cluster([{ host: '127.0.0.1' }], { lazyConnect: true })
    const another = { options: {}, duplicate: () => another }
    for (const redis of [client, cluster, another]) expect(sessionOf({ redis }).redis).toBe(redis)
    cluster.disconnect()
  })

  it.each([
    { redis: undefined, because: 'is missing or empty; is its environment variable set?' },
    { redis: '', because: 'is missing or empty; is its environment variable set?' },
    { redis: 'localhost:6379', because: 'must be a redis: or rediss: URL' },
    { redis: 'http://redis.internal', because: 'must be a redis: or rediss: URL' },
    { redis: 'redis://', because: 'must be a redis: or rediss: URL' },
    { redis: 'redis:///0', because: 'must be a redis: or rediss: URL' },
    { redis: 6379, because: 'must be a redis: or rediss: URL' },
    { redis: null, because: 'must be a redis: or rediss: URL' },
    { redis: { isOpen: true, options: {}, duplicate: () => ({}) }, because: 'is a client of the package redis' },
    { redis: { get: () => undefined }, because: 'enableOfflineQueue: false' },
    { redis: { duplicate: () => ({}) }, because: 'commandTimeout: 500' },
  ])('refuses $redis (CFG-4)', ({ redis, because }) => {
    const problems = problemsWith({ redis })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^session\.redis /)
    expect(problems[0]).toContain(because)
  })

  it('takes an address or a client with credentials that end', () => {
    const client = new Redis({ lazyConnect: true })
    const credentials = () => Promise.resolve({ password: 'x' })
    const url = 'rediss://clinic@redis.internal'
    expect(sessionOf({ redis: { url, credentials } })).toMatchObject({ redis: url })
    const session = sessionOf({ redis: { client, credentials } })
    expect(session.redis).toBe(client)
    expect(session.redisCredentials).toBeInstanceOf(Function)
    expect(sessionOf({ redis: url }).redisCredentials).toBeUndefined()
  })

  const credentials = () => Promise.resolve({ password: 'x' })
  const client = new Redis({ lazyConnect: true })
  it.each([
    { redis: { credentials }, because: 'session.redis must hold url or client beside credentials' },
    { redis: { url: REDIS, client, credentials }, because: 'session.redis must hold url or client' },
    { redis: { url: 'rediss://redis.internal' }, because: 'session.redis.credentials must be a function' },
    { redis: { client }, because: 'hand in the client alone' },
    { redis: { url: REDIS, credentials }, because: 'session.redis.url must not hold a password' },
    { redis: { url: 'memory', credentials }, because: 'session.redis.url must' },
    { redis: { url: undefined, credentials }, because: 'session.redis.url is missing or empty' },
    { redis: { url: client, credentials }, because: 'session.redis.url must be a redis: or rediss: URL' },
    { redis: { client: REDIS, credentials }, because: 'session.redis.client must be an ioredis client' },
    { redis: { client: { get: () => undefined }, credentials }, because: 'session.redis.client must be' },
    { redis: { url: 'rediss://h', credentials, password: 'x' }, because: '"session.redis.password" is not an option' },
    { redis: { url: 'rediss://h', credentials: { password: 'x' } }, because: 'must be a function' },
  ])('refuses credentials that do not fit: $because', ({ redis, because }) => {
    const problems = problemsWith({ redis })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(because)
  })

  it.each(['http://localhost:3000', 'https://localhost', 'http://127.0.0.1:1', 'http://[::1]:3000'])(
    'may be memory at %s',
    (baseUrl) => {
      expect(configOf(onLoopback({ redis: 'memory' }, baseUrl)).session.redis).toBe('memory')
    },
  )

  it('is not memory at a public address, nor in production (CFG-3)', () => {
    expect(problemsWith({ redis: 'memory' })).toEqual([
      "session.redis must not be 'memory' unless baseUrl is a loopback address",
    ])
    expect(problemsOf(onLoopback({ redis: 'memory' }), { NODE_ENV: 'production' })).toEqual([
      "session.redis must not be 'memory' when NODE_ENV is production",
    ])
  })

  it('is not complained about because of a baseUrl that cannot be read', () => {
    expect(problemsOf(onLoopback({ redis: 'memory' }, 'nowhere')).map((problem) => problem.split(' ')[0])).toEqual([
      'baseUrl',
    ])
  })
})

describe('the lifetimes of a session', () => {
  it('may be shorter than those of CIS2', () => {
    expect(sessionOf({ idleTimeoutSeconds: 1, absoluteTimeoutSeconds: 60 })).toMatchObject({
      idleTimeoutSeconds: 1,
      absoluteTimeoutSeconds: 60,
    })
  })

  it.each([
    { name: 'idleTimeoutSeconds', most: 900 },
    { name: 'absoluteTimeoutSeconds', most: 43_200 },
  ])('$name may be longer than $most s only by a name that says so (CFG-8, TMO-9)', ({ name, most }) => {
    expect(sessionOf({ [name]: most })).toMatchObject({ [name]: most })
    expect(problemsWith({ [name]: most + 1 })).toEqual([
      expect.stringContaining(`session.${name} over ${String(most)} needs dangerouslyAllowLongSessions: true`),
    ])
    expect(problemsWith({ [name]: most + 1, dangerouslyAllowLongSessions: false })).toHaveLength(1)
    expect(sessionOf({ [name]: most + 1, dangerouslyAllowLongSessions: true })).toMatchObject({ [name]: most + 1 })
  })

  it.each(['idleTimeoutSeconds', 'absoluteTimeoutSeconds'])(
    '%s is a whole number of seconds, at most 30 days (CFG-8)',
    (name) => {
      for (const wrong of [0, -1, 1.5, Infinity, Number.NaN, '900', null, 30 * 86_400 + 1]) {
        const problems = problemsWith({ [name]: wrong, dangerouslyAllowLongSessions: true })
        expect(problems).toEqual([`session.${name} must be a whole number from 1 to 2592000`])
      }
    },
  )
})

describe('the names of cookies and keys', () => {
  it('follow from baseUrl and client, so that two applications do not meet', () => {
    const names = [{}, { clientId: 'another' }, { baseUrl: 'https://clinic.example.nhs.uk/a' }].map((changes) => {
      const { cookieName, signInCookiePrefix, keyPrefix } = configOf(options(changes)).session
      expect(cookieName).toMatch(/^__Host-cis2-[0-9a-f]{8}$/)
      expect(signInCookiePrefix).toBe(`${cookieName}-sign-in`)
      expect(keyPrefix).toBe(`cis2:${cookieName.slice(-8)}:`)
      return cookieName
    })
    expect(new Set(names).size).toBe(3)
  })

  it('are the same for every spelling of baseUrl, and at every start', () => {
    const nameAt = (baseUrl: string) => configOf(options({ baseUrl })).session.cookieName
    expect(nameAt('https://CLINIC.example.nhs.uk:443/')).toBe(nameAt('https://clinic.example.nhs.uk'))
  })

  it('have no prefix on http loopback, where a browser would drop the cookie', () => {
    expect(configOf(onLoopback({})).session.cookieName).toMatch(/^cis2-[0-9a-f]{8}$/)
  })

  it('may be given', () => {
    const session = sessionOf({ cookieName: '__Host-clinic', keyPrefix: 'clinic:' })
    expect(session).toMatchObject({
      cookieName: '__Host-clinic',
      signInCookiePrefix: '__Host-clinic-sign-in',
      keyPrefix: 'clinic:',
    })
    expect(configOf(onLoopback({ cookieName: 'clinic' })).session.cookieName).toBe('clinic')
  })

  it.each(['clinic', '__Secure-clinic', '__host-clinic'])(
    'keep the prefix __Host- on https: %s (CFG-5)',
    (cookieName) => {
      expect(problemsWith({ cookieName })).toEqual([expect.stringContaining('must begin with __Host-')])
    },
  )

  it.each(['__Host-clinic', '__Secure-clinic', '__hOST-clinic'])(
    'have no prefix that a browser would refuse on http: %s',
    (cookieName) => {
      expect(problemsOf(onLoopback({ cookieName }))).toEqual([expect.stringContaining('must not begin with __Host-')])
    },
  )

  it.each(['', 'a b', 'a;b', 'a=b', 'a,b', 'é', 'x'.repeat(65), 7, null])(
    'are no cookie name such as %p',
    (cookieName) => {
      expect(problemsOf(onLoopback({ cookieName }))).toEqual([expect.stringMatching(/^session\.cookieName must be/)])
    },
  )

  it.each(['', 'a b', '{tag}', 'a*', 'a?', '[a]', 'x'.repeat(65), 7, null])(
    'are no key prefix such as %p',
    (keyPrefix) => {
      expect(problemsWith({ keyPrefix })).toEqual([expect.stringMatching(/^session\.keyPrefix must be/)])
    },
  )

  it('are not judged while baseUrl cannot be read', () => {
    expect(problemsOf({ ...optionsWithSession({ cookieName: 'clinic' }), baseUrl: '' })).toHaveLength(1)
  })
})

describe('the other options of a session', () => {
  it.each([{ onePerUser: true }, { confirmReplicas: 'off' }, { confirmReplicas: 'require' }])('takes %p', (changes) => {
    expect(sessionOf(changes)).toMatchObject(changes)
  })

  it.each([
    { name: 'onePerUser', wrong: 'yes' },
    { name: 'confirmReplicas', wrong: true },
    { name: 'dangerouslyAllowLongSessions', wrong: 1 },
  ])('refuses $wrong for $name', ({ name, wrong }) => {
    expect(problemsWith({ [name]: wrong })).toEqual([expect.stringMatching(new RegExp(`^session\\.${name} must be`))])
  })

  it.each(['resave', 'saveUninitialized', 'rolling', 'cookie', 'store', 'unset'])(
    'refuses %s, which belongs to express-session (CFG-5)',
    (name) => {
      expect(problemsWith({ [name]: true })).toEqual([expect.stringContaining(`"session.${name}" is not an option`)])
    },
  )
})
