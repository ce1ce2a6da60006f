/** How a role is called on a page. */
import type { NrbacRoleClaim } from '../cis2/claims.js'

/** `"Clinical":"Clinical Provision":"Nurse Access Role"` is shown as `Nurse Access Role`. */
export function shortRoleName({ role_name }: Pick<NrbacRoleClaim, 'role_name'>): string {
  return role_name.slice(role_name.lastIndexOf(':') + 1).replaceAll('"', '')
}
