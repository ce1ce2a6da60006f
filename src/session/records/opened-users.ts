/** Remembers what sealed user records say. A Map in the order of use does it: lru-cache would add 0.8 MB to every installation. */
import type { Cis2User } from '../../cis2/user.js'

/** Room for a thousand users or more, in bytes of their sealed records. */
const MOST_BYTES = 4 * 1024 * 1024

/** What a role takes beyond the first few, which a compressed record does not show. */
const BYTES_PER_ROLE = 512
const FEW_ROLES = 10

type OpenUser = (id: string, sealed: Buffer) => Cis2User | undefined

/**
 * Opens user records, and keeps those used last: whoever shows a page of a session will most likely show the next.
 *
 * Decides nothing. The record is read from the store with every request, and only if it is byte for byte the one that
 * was opened before is the user taken from here: an ended, changed or damaged session is noticed as ever.
 */
export function rememberOpened(open: OpenUser, mostBytes = MOST_BYTES): OpenUser {
  // In the order of their last use, the oldest first.
  const kept = new Map<string, { readonly sealed: Buffer; readonly user: Cis2User }>()
  let bytes = 0

  function drop(id: string): void {
    const known = kept.get(id)
    if (known !== undefined) bytes -= weightOf(known.sealed, known.user)
    kept.delete(id)
  }

  function keep(id: string, sealed: Buffer, user: Cis2User): void {
    drop(id)
    kept.set(id, { sealed, user })
    bytes += weightOf(sealed, user)
    for (const oldest of kept.keys()) {
      if (bytes <= mostBytes) break
      drop(oldest)
    }
  }

  return function openUser(id, sealed) {
    const known = kept.get(id)
    if (known?.sealed.equals(sealed) === true) {
      keep(id, known.sealed, known.user)
      return known.user
    }
    const user = open(id, sealed)
    // A copy: the reply's bytes are a view of everything that the connection read at that moment.
    if (user === undefined) drop(id)
    else keep(id, Buffer.from(sealed), user)
    return user
  }
}

function weightOf(sealed: Buffer, { roles }: Cis2User): number {
  return sealed.length + BYTES_PER_ROLE * Math.max(0, roles.length - FEW_ROLES)
}
