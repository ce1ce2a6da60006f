/** What outlives a restart: keys and certificate, in a folder of the developer's. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { JWK } from 'jose'
import { z } from 'zod'

import { describeCause } from './describe-cause.js'
import { SimulatorOptionsError } from './options-error.js'

const jwk = z.looseObject({ kty: z.string(), kid: z.string().min(1), alg: z.string() })
const keysSchema = z.strictObject({ current: jwk, previous: jwk.optional(), elliptic: jwk })
const certificateSchema = z.strictObject({
  hosts: z.array(z.string()),
  certificate: z.string(),
  privateKey: z.string(),
})

/** Private keys as JWKs, each with its `kid`. */
export interface SavedKeys {
  readonly current: JWK
  readonly previous?: JWK | undefined
  readonly elliptic: JWK
}

/** A certificate, and the hosts that it was made for. */
export type SavedCertificate = z.infer<typeof certificateSchema>

/** Reads and writes the folder. Its files are for their owner alone. */
export class StateFolder {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async readKeys(): Promise<SavedKeys | undefined> {
    return this.#read('keys.json', keysSchema)
  }

  async writeKeys(keys: SavedKeys): Promise<void> {
    await this.#write('keys.json', keys)
  }

  async readCertificate(): Promise<SavedCertificate | undefined> {
    return this.#read('certificate.json', certificateSchema)
  }

  async writeCertificate(certificate: SavedCertificate): Promise<void> {
    await this.#write('certificate.json', certificate)
  }

  /** Undefined when it is not there yet. A file that is there and cannot be used is no reason to make new keys silently. */
  async #read<Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.infer<Schema> | undefined> {
    const path = join(this.#path, name)
    try {
      return schema.parse(JSON.parse(await readFile(path, 'utf8')))
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      const why = (cause as NodeJS.ErrnoException).code ?? 'it is not what the simulator wrote'
      throw new SimulatorOptionsError([`state: ${path} cannot be used (${why}); delete it to begin anew`])
    }
  }

  /** Whole or not at all: a simulator that is killed leaves no half of a file. */
  async #write(name: string, value: unknown): Promise<void> {
    const path = join(this.#path, name)
    try {
      await mkdir(this.#path, { recursive: true, mode: 0o700 })
      await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 })
      await rename(`${path}.new`, path)
    } catch (cause) {
      throw new SimulatorOptionsError([`state: ${path} cannot be written: ${describeCause(cause)}`])
    }
  }
}
