/** The environments of the NHS API platform: where each exchanges tokens, and whose ID tokens it takes. */
import type { Cis2Environment } from './environments.js'

/** The environments that can be named instead of a token endpoint. */
export type ApiPlatformEnvironment = 'live' | 'int' | 'dev' | 'ref' | 'dep' | 'mock'

/**
 * Where each environment exchanges tokens. The `mock` goes with the hosted mock of CIS2.
 *
 * @see [User-restricted RESTful APIs: NHS CIS2, separate authentication and authorisation](https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/user-restricted-restful-apis-nhs-cis2-separate-authentication-and-authorisation)
 */
export const TOKEN_ENDPOINTS: Readonly<Record<ApiPlatformEnvironment, string>> = Object.freeze({
  live: 'https://api.service.nhs.uk/oauth2/token',
  int: 'https://int.api.service.nhs.uk/oauth2/token',
  dev: 'https://dev.api.service.nhs.uk/oauth2/token',
  ref: 'https://ref.api.service.nhs.uk/oauth2/token',
  dep: 'https://dep.api.service.nhs.uk/oauth2/token',
  mock: 'https://int.api.service.nhs.uk/oauth2-mock/token',
})

/** Whether the platform of that name may take ID tokens of that CIS2: real staff with live alone, the mock with itself. */
export function canPair(cis2: Cis2Environment, platform: ApiPlatformEnvironment): boolean {
  return worldOf(cis2) === worldOf(platform)
}

function worldOf(name: Cis2Environment | ApiPlatformEnvironment): 'live' | 'mock' | 'test' {
  return name === 'live' || name === 'mock' ? name : 'test'
}

/** The environment that exchanges at an address; undefined for any other address. */
export function platformAt(tokenEndpoint: string): ApiPlatformEnvironment | undefined {
  const names = Object.keys(TOKEN_ENDPOINTS) as ApiPlatformEnvironment[]
  return names.find((name) => TOKEN_ENDPOINTS[name] === tokenEndpoint)
}
