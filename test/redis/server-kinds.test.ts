/** Servers that speak Redis's protocol and are not fit, or not tried: told by what they say of themselves. */
import { checkRedis } from '../../src/cli/doctor/check-redis.js'
import { StoreUnavailableError } from '../../src/errors.js'
import { configWith, redisBackend, signInRecord } from '../support/redis/backends.js'
import { startProxy, type TcpProxy } from '../support/redis/tcp-proxy.js'

describe('what a server says of itself', () => {
  let proxy: TcpProxy
  let url: string

  beforeEach(async () => {
    proxy = await startProxy(Number(new URL(String(process.env.REDIS_URL)).port))
    url = `redis://127.0.0.1:${String(proxy.port)}`
  })

  afterEach(async () => {
    await proxy.stop()
  })

  it('Garnet, whose scripts are not atomic, is refused by name: by ready(), every sign-in and doctor', async () => {
    proxy.disguise = ['redis_git_sha1:', 'garnet_version:']
    const { backend, events } = redisBackend(url)
    await expect(backend.ready()).rejects.toThrow(/Garnet, whose scripts are not atomic/)
    expect(backend.health()).toMatchObject({ status: 'down', reason: 'Garnet' })
    expect(events).toContainEqual({ type: 'store.unavailable', reason: 'Garnet' })
    await expect(backend.signIn(signInRecord())).rejects.toThrow(StoreUnavailableError)
    await backend.close()
    const faulty = (await checkRedis(configWith({ redis: url, confirmReplicas: 'off' }))).filter(
      ({ outcome }) => outcome !== 'ok',
    )
    expect(faulty).toMatchObject([{ check: 'redis-version', outcome: 'problem', message: 'this is Garnet' }])
  })

  it('a version that is not tried is degraded, and says so: at health() and doctor', async () => {
    // Whichever this one is, or follows.
    for (const major of [7, 8, 9]) {
      proxy.disguise = [`redis_version:${String(major)}.`, 'redis_version:6.']
      const { backend } = redisBackend(url)
      await backend.ready()
      const { status, reason } = backend.health()
      await backend.close()
      if (status === 'ok') continue
      expect(reason).toMatch(/^version 6\.\S+ is older than 7\.0$/)
      const findings = await checkRedis(configWith({ redis: url, confirmReplicas: 'off' }))
      expect(findings).toContainEqual(expect.objectContaining({ check: 'redis-version', outcome: 'warning' }))
      return
    }
    throw new Error('the server told no version')
  })
})
