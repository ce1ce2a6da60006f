/** The cast: named people for every authenticator, level and awkward shape. None of them exists. */
import { awkwardPeople } from './cast/awkward-people.js'
import { everydayPeople } from './cast/everyday-people.js'
import type { SimulatorUser } from './users.js'

/**
 * A fresh copy of the whole cast: the named people who can sign in unless a simulator is given others.
 *
 * @example
 * ```ts
 * const simulator = await startSimulator({ users: theCast().filter(({ roles }) => roles.length > 1) })
 * ```
 */
export function theCast(): SimulatorUser[] {
  return [...everydayPeople(), ...awkwardPeople()]
}
