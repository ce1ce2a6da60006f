/** Finds the person that a text means: by name, e-mail address or user ID. */
import type { SimulatorUser } from './users.js'

/** The person, or in a sentence why nobody in particular is meant. */
export type FoundUser = { readonly user: SimulatorUser } | { readonly problem: string }

/** Capital letters and spaces around do not count. */
export function findUser(users: readonly SimulatorUser[], text: string): FoundUser {
  const wanted = text.trim().toLowerCase()
  const [found, another] = users.filter(
    ({ sub, name, email }) => sub === wanted || name.toLowerCase() === wanted || email?.toLowerCase() === wanted,
  )
  if (!found) return { problem: wanted === '' ? 'Enter who is signing in' : `No such user: "${text.trim()}"` }
  if (another) return { problem: `Several users are called "${text.trim()}": give a user ID` }
  return { user: found }
}
