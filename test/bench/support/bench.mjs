// What every measurement starts from: the package built, a Redis, a provider, and one client with one key.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'

import { buildPackage, buildRival } from './build.mjs'
import { startRedis, startServer } from './processes.mjs'

const SCOPE = 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole'

/** @param against - Another checkout of this package, to be measured beside it. */
export async function openBench({ against } = {}) {
  const built = await buildPackage()
  const rival = against === undefined ? undefined : await buildRival(against)
  const redis = await startRedis()
  const provider = await startServer('provider.mjs', { simulator: built.simulator }, 'others')
  const key = await makeKey()
  const common = {
    package: built.index,
    redis: redis.url,
    issuer: provider.issuer,
    tokenEndpoint: `${provider.url}/oauth2/token`,
    secret: newSecret(),
    scope: SCOPE,
  }
  let count = 0

  return {
    built,
    /** Another build of this package, as a server's settings name it; undefined when there is none. */
    rival: rival && { package: rival.index },
    secret: common.secret,
    privateKey: key.pem,
    /** Starts a server, and registers it with the provider: with the key, or else with a secret. */
    async startServer(file, settings = {}, withKey = false) {
      const id = `client-${(count += 1)}`
      const client = withKey
        ? { id, kid: key.kid, privateKey: key.pem, apiSecret: newSecret() }
        : { id, secret: newSecret() }
      const server = await startServer(file, { ...common, client, ...settings })
      await provider.tell({
        clientId: id,
        redirectUris: [`${server.url}/callback`],
        ...(withKey
          ? {
              tokenEndpointAuthMethod: 'private_key_jwt',
              jwks: { keys: [key.jwk] },
              apiPlatform: { apiKey: id, apiSecret: client.apiSecret, jwks: { keys: [key.jwk] } },
            }
          : { tokenEndpointAuthMethod: 'client_secret_post', clientSecret: client.secret }),
      })
      return server
    },
    async close() {
      await provider.stop()
      await redis.stop()
    },
  }
}

async function makeKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint(jwk)
  return {
    kid,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    jwk: { ...jwk, kid, use: 'sig', alg: 'RS512' },
  }
}

function newSecret() {
  return randomBytes(32).toString('base64url')
}
