/**
 * What the package uses of packages that are ES modules alone, for programs that cannot `require` those, such as Jest on
 * Node 20. Everybody else is served by the ones that npm has installed: this file is not even read there.
 */
import * as jose from './carried-jose.js'
import * as openidClient from './carried-openid-client.js'

const CARRIED = { jose, 'openid-client': openidClient }

/** Returns what is carried in place of a package that could not be required; throws when it is missing, wholly or in part. */
export function carriedFor<Name extends keyof typeof CARRIED>(name: Name, error: unknown): (typeof CARRIED)[Name] {
  if (isAboutMissing(error)) throw error
  return CARRIED[name]
}

/**
 * Only this is told by its code. That an ES module cannot be required is said by Jest in one way, by Node in another where it
 * was told to require none, and in three more, a TypeError among them, where somebody's `import()` is still loading it.
 */
function isAboutMissing(error: unknown): boolean {
  const { code } = error as Partial<NodeJS.ErrnoException>
  // Yarn Plug'n'Play keeps packages in archives, where Node 20 finds no file of an ES module that is required.
  return code === 'MODULE_NOT_FOUND' || (code === 'ERR_MODULE_NOT_FOUND' && process.versions.pnp === undefined)
}
