/**
 * What the package uses of packages that are ES modules alone, for programs that cannot `require` those, such as Jest on
 * Node 20. Everybody else is served by the ones that npm has installed: this file is not even read there.
 */
import {
  CompactSign,
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
} from 'jose'
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientSecretPost,
  clockSkew,
  clockTolerance,
  Configuration,
  customFetch,
} from 'openid-client'

const CARRIED = {
  jose: {
    CompactSign,
    compactVerify,
    createLocalJWKSet,
    decodeJwt,
    decodeProtectedHeader,
    exportJWK,
    exportSPKI,
    generateKeyPair,
    importJWK,
  },
  'openid-client': {
    authorizationCodeGrant,
    buildAuthorizationUrl,
    buildEndSessionUrl,
    ClientSecretPost,
    clockSkew,
    clockTolerance,
    Configuration,
    customFetch,
  },
}

/** Returns what is carried in place of a package that could not be required because it is an ES module; throws else. */
export function carriedFor<Name extends keyof typeof CARRIED>(name: Name, error: unknown): (typeof CARRIED)[Name] {
  if (!isAboutEsModules(error)) throw error
  return CARRIED[name]
}

/**
 * By name, for the error may be another realm's: Jest's. Node says it by code where it was told to require none, and where
 * Yarn Plug'n'Play keeps packages in archives that Node looks into for all but this.
 */
function isAboutEsModules(error: unknown): boolean {
  const { name, code } = error as Partial<NodeJS.ErrnoException>
  const isInArchive = process.versions.pnp !== undefined && code === 'ERR_MODULE_NOT_FOUND'
  return name === 'SyntaxError' || code === 'ERR_REQUIRE_ESM' || isInArchive
}
