/** What the image `example` runs: the clinic, with a key that is made at each start. */
import { createHash, generateKeyPairSync } from 'node:crypto'

const { env } = process
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
env.CIS2_PRIVATE_KEY ??= pem
// In this demonstration one key serves both, for the clinic has one address to publish keys at. Its name there is its
// thumbprint (RFC 7638).
env.NHS_API_PRIVATE_KEY ??= env.CIS2_PRIVATE_KEY
const { e, kty, n } = publicKey.export({ format: 'jwk' })
env.NHS_API_KEY_ID ??= createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')

await import('./server.js')
