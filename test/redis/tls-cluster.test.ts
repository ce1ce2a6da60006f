/** A Cluster over TLS whose certificates carry host names, as managed ones do (RED-23). */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Cluster, type ClusterOptions } from 'ioredis'

import { checkRedis } from '../../src/cli/doctor/check-redis.js'
import { StoreUnavailableError } from '../../src/errors.js'
import { configWith, newName, redisBackend, signInRecord } from '../support/redis/backends.js'
import { temporaryDirectory } from '../support/redis/redis-server.js'
import { startCluster, type ClusterSetup } from '../support/redis/redis-topologies.js'

/** ioredis resolves host names and connects to addresses, which no certificate carries; this keeps the names. */
const keepNames = {
  dnsLookup(name: string, callback: (error: null, address: string) => void) {
    callback(null, name)
  },
}

describe('a Cluster over TLS', () => {
  let setup: ClusterSetup
  let ca: Buffer

  beforeAll(async () => {
    const directory = temporaryDirectory()
    const [key = '', cert = ''] = ['key.pem', 'cert.pem'].map((name) => join(directory, name))
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const newKey = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key]
    execFileSync('openssl', [...newKey, '-out', cert, ...subject], { stdio: 'ignore' })
    ca = readFileSync(cert)
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
    setup = await startCluster({
      replicas: false,
      node: {
        settings: (port) => [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-cluster', 'yes', ...files],
          ...['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'],
        ],
        admin: { host: 'localhost', tls: { ca } },
      },
    })
  }, 60_000)

  afterAll(async () => {
    await setup.stop()
  })

  function connect(
    tls: NonNullable<NonNullable<ClusterOptions['redisOptions']>['tls']>,
    names: Pick<ClusterOptions, 'dnsLookup'> = {},
  ): Cluster {
    const nodes = setup.nodes.map(({ port }) => ({ host: 'localhost', port }))
    const cluster = new Cluster(nodes, { lazyConnect: true, redisOptions: { tls }, ...names })
    cluster.on('error', () => {})
    return cluster
  }

  async function announce(what: 'hostname' | 'ip'): Promise<void> {
    for (const { admin } of setup.primaries) await admin.config('SET', 'cluster-preferred-endpoint-type', what)
  }

  async function signsIn(theirs: Cluster): Promise<void> {
    const { backend, events } = redisBackend(theirs)
    await backend.ready()
    for (let slot = 0; slot < 6; slot++) {
      const record = signInRecord({ place: { tag: newName(), name: newName() } })
      await backend.signIn(record)
      expect(await backend.read(record.place, { now: Date.now(), idle: 0 })).toMatchObject({ state: 'live' })
    }
    expect([backend.health().status, events]).toEqual(['ok', []])
    await backend.close()
    theirs.disconnect()
  }

  it('keeps sessions when dnsLookup keeps the names of its nodes', async () => {
    await announce('hostname')
    await signsIn(connect({ ca }, keepNames))
  })

  it('keeps sessions when its nodes tell addresses, and servername says whose certificate they show', async () => {
    await announce('ip')
    await signsIn(connect({ ca, servername: 'localhost' }))
  })

  it.each([
    ['addresses that the certificate does not carry', {}, true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['a certificate that nobody trusts', keepNames, false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const)('RED-23 says what TLS says: %s', async (_what, options, trusts, reason) => {
    await announce('hostname')
    const theirs = connect(trusts ? { ca } : {}, options)
    const { backend, events } = redisBackend(theirs)
    const refusal: unknown = await backend.ready().catch((error: unknown) => error)
    const health = backend.health()
    await backend.close()
    expect(refusal).toBeInstanceOf(StoreUnavailableError)
    expect(health).toMatchObject({ status: 'down', reason })
    expect(events[0]).toEqual({ type: 'store.unavailable', reason })
    const [finding] = await checkRedis(configWith({ redis: theirs }))
    expect(finding).toMatchObject({ outcome: 'problem' })
    expect(`${finding?.message} ${finding?.cure}`).toMatch(/certificate|altnames/i)
    theirs.disconnect()
  })
})
