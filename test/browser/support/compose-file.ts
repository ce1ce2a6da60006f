/** As much of `docker-compose.yml` as the tests look at. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { load } from 'js-yaml'

export interface ComposeService {
  readonly image?: string
  readonly build?: { readonly context: string; readonly target: string }
  readonly command?: readonly string[]
  readonly restart?: string
  readonly ports?: readonly string[]
  readonly network_mode?: string
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly volumes?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface ComposeFile {
  readonly services: Readonly<Record<'redis' | 'network' | 'simulator' | 'example', ComposeService>>
}

const path = join(import.meta.dirname, '..', '..', '..', 'docker-compose.yml')

/** @param change - Applied to the text before it is read, for ports that are free here. */
export function readComposeFile(change: (text: string) => string = (text) => text): ComposeFile {
  return load(change(readFileSync(path, 'utf8'))) as ComposeFile
}
