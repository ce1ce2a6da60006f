/** Users and clients from a JSON file. */
import { readFile } from 'node:fs/promises'

import { z } from 'zod'

import { clientSchema } from './clients.js'
import { describeCause } from './describe-cause.js'
import { describeIssues, type SimulatorOptions, SimulatorOptionsError } from './options.js'
import { userSchema } from './users.js'

const fileSchema = z.strictObject({
  users: z.array(userSchema).min(1).optional(),
  clients: z.array(clientSchema).min(1).optional(),
})

/**
 * Reads `{ "users": […], "clients": […] }`, either of which may be missing: then `startSimulator` uses its own.
 *
 * @example
 * ```ts
 * const simulator = await startSimulator(await readSimulatorFile('registration.json'))
 * ```
 *
 * @throws {SimulatorOptionsError} when the file cannot be read, is no JSON, or breaks a rule; lists every problem.
 */
export async function readSimulatorFile(path: string): Promise<Pick<SimulatorOptions, 'users' | 'clients'>> {
  const parsed = fileSchema.safeParse(await readJson(path))
  if (!parsed.success) throw new SimulatorOptionsError(describeIssues(parsed.error, `${path}: `))
  return parsed.data as Pick<SimulatorOptions, 'users' | 'clients'>
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown
  } catch (cause) {
    throw new SimulatorOptionsError([`${path}: ${describeCause(cause)}`])
  }
}
