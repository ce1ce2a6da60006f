/** A Lua script, and the hash by which the server knows it. */
import { createHash } from 'node:crypto'

export interface Script {
  readonly name: string
  readonly lua: string
  readonly sha: string
}

/** Puts a script together from shared functions and its own part. */
export function script(name: string, ...parts: readonly string[]): Script {
  const lua = parts.map((part) => part.trim()).join('\n')
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') }
}
