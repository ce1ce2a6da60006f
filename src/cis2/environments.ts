/** The environments of CIS2 Authentication: their issuers, and how their ID tokens may be signed. */

/** The environments that can be named instead of an issuer. */
export type Cis2Environment = 'live' | 'int' | 'dep' | 'mock'

interface EnvironmentFacts {
  /** Exactly as `iss` and the discovery document have it, with the port. */
  readonly issuer: string
  /** Algorithms accepted for ID tokens, signed UserInfo and logout tokens. */
  readonly idTokenAlgorithms: readonly string[]
}

const HEALTHCARE_REALM = '/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'

/** How ID tokens are signed wherever nothing else is known: what CIS2 itself uses. */
export const DEFAULT_ID_TOKEN_ALGORITHMS: readonly string[] = Object.freeze(['RS256'])

/**
 * What is known of each environment. The issuers of `live` and `int` are those of their discovery documents; that of
 * `mock` (API platform's hosted mock) is the documented one. Of `dep` (deployment) the host is known; realm and port
 * are those of `int`, by analogy. Should one of them move, the `issuer` option reaches any other address.
 */
export const ENVIRONMENTS: Readonly<Record<Cis2Environment, EnvironmentFacts>> = Object.freeze({
  live: Object.freeze({
    issuer: `https://am.nhsidentity.spineservices.nhs.uk:443${HEALTHCARE_REALM}`,
    idTokenAlgorithms: DEFAULT_ID_TOKEN_ALGORITHMS,
  }),
  int: Object.freeze({
    issuer: `https://am.nhsint.auth-ptl.cis2.spineservices.nhs.uk:443${HEALTHCARE_REALM}`,
    idTokenAlgorithms: DEFAULT_ID_TOKEN_ALGORITHMS,
  }),
  dep: Object.freeze({
    issuer: `https://am.nhsdep.auth-ptl.cis2.spineservices.nhs.uk:443${HEALTHCARE_REALM}`,
    idTokenAlgorithms: DEFAULT_ID_TOKEN_ALGORITHMS,
  }),
  mock: Object.freeze({
    issuer: 'https://identity.ptl.api.platform.nhs.uk/realms/Cis2-mock-int',
    // The mock is not the same product as CIS2, and signs with either.
    idTokenAlgorithms: Object.freeze(['RS256', 'RS512']),
  }),
})

/** The environment that an issuer's text belongs to; the port `:443` and a slash at the end make no difference. */
export function environmentOf(issuer: string): Cis2Environment | undefined {
  const wanted = withoutDefaultPort(issuer)
  const names: readonly Cis2Environment[] = ['live', 'int', 'dep', 'mock']
  return names.find((name) => withoutDefaultPort(ENVIRONMENTS[name].issuer) === wanted)
}

function withoutDefaultPort(issuer: string): string {
  // The URL parser drops the default port and lower-cases the host.
  const url = new URL(issuer)
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`
}
