/** Which key of a requirement stood in the way: for the audit stream, and for whoever reads it. */
import type { AccessSubject } from './access-subject.js'
import { roleConditionHolds, type CheckResults } from './access.js'
import type { RefusingKey, ParsedRequirement } from './requirement.js'

/**
 * The key that refused somebody whom a stronger sign-in would not help: the first condition on her role that fails, whatever
 * `anyOf` offers beside it; `anyOf` where each of its alternatives fails for a reason of its own; `check`.
 */
export function refusedKey<Request>(
  { selectedRole }: AccessSubject,
  { alternatives }: ParsedRequirement<Request>,
  results: CheckResults<Request>,
): RefusingKey | undefined {
  const failed = alternatives.map(
    ({ roleConditions, checks }) =>
      roleConditions.find((condition) => !roleConditionHolds(selectedRole, condition)) ??
      checks.find((check) => results.get(check) === false),
  )
  const [first] = failed
  // What stands beside `anyOf` is the same object in every alternative, and comes first in each.
  if (failed.some((other) => other !== first)) return 'anyOf'
  return typeof first === 'function' ? 'check' : first?.key
}
