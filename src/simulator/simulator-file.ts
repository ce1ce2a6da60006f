/** Users and clients from a JSON file. */
import { readFile } from 'node:fs/promises'

import { z } from 'zod'

import { inOurWords, isClientMetadata } from './client-metadata.js'
import { clientSchema } from './clients.js'
import { describeCause } from './describe-cause.js'
import { placeOfMistake } from './json-place.js'
import type { SimulatorOptions } from './options.js'
import { SimulatorOptionsError } from './options-error.js'
import { describeIssues, sayProblem } from './problems.js'
import { userSchema } from './users.js'

const fileSchema = z.strictObject({
  users: z.array(userSchema).min(1).optional(),
  clients: z.array(z.preprocess(inOurWords, clientSchema)).min(1).optional(),
})

/**
 * Reads `{ "users": […], "clients": […] }`, either of which may be missing: then `startSimulator` uses its own. Clients may
 * be written in OpenID Connect's own words (`client_id`, `redirect_uris`, …), and one such registration may be the file.
 *
 * @example
 * ```ts
 * const simulator = await startSimulator(await readSimulatorFile('registration.json'))
 * ```
 *
 * @throws {SimulatorOptionsError} when the file cannot be read, is no JSON, or breaks a rule; lists every problem.
 */
export async function readSimulatorFile(path: string): Promise<Pick<SimulatorOptions, 'users' | 'clients'>> {
  const content = await readJson(path)
  const parsed = fileSchema.safeParse(isClientMetadata(content) ? { clients: [content] } : content, {
    error: sayProblem,
  })
  if (!parsed.success) throw new SimulatorOptionsError(describeIssues(parsed.error, `${path}: `))
  return parsed.data as Pick<SimulatorOptions, 'users' | 'clients'>
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SimulatorOptionsError([`${path}: ${describeCause(cause)}`])
  })
  try {
    return JSON.parse(text) as unknown
  } catch {
    // What the parser says quotes the text, and that may be a secret: only the place is told.
    throw new SimulatorOptionsError([`${path}: ${placeOfMistake(text)} this cannot be JSON`])
  }
}
