/** `startTestCis2({ nhsApi: true })`: the simulated API platform as the application under test is configured for it. */
import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

import type { Cis2Config } from '../options/cis2-config.js'
import type { NhsApiOptions } from '../options/api-platform-options.js'
import type { ApiPlatformApp } from '../simulator/clients.js'

/** Makes options for each application under test; all of them have one key pair, for making one takes long. */
export type NhsApiFor = (number: number, overrides: Partial<NhsApiOptions> | undefined) => NhsApiOptions

export async function createNhsApiFor(platformUrl: string): Promise<NhsApiFor> {
  const { privateKey }: { privateKey: KeyObject } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const apiSecret = randomBytes(16).toString('hex')
  return (number, overrides) => ({
    tokenEndpoint: `${platformUrl}/oauth2/token`,
    apiKey: `api-key-of-app-${number}`,
    apiSecret,
    keys: [{ privateKey, kid: 'app-under-test' }],
    ...overrides,
  })
}

/** The same application as the platform has it. */
export function platformAppFor({ nhsApi }: Cis2Config): ApiPlatformApp | undefined {
  if (nhsApi === undefined) return undefined
  const { apiKey, apiSecret, keys } = nhsApi
  return { apiKey, apiSecret, jwks: { keys: keys.map(({ publicJwk }) => publicJwk) } }
}
