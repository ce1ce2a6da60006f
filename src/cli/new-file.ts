/** Files that must not have existed before. */
import { mkdir, writeFile } from 'node:fs/promises'

import { CliError, codeOf, messageOf } from './io.js'

/**
 * Writes a file that does not exist yet; rejects with a {@link CliError} when it does.
 *
 * `wx` creates the file or fails, and the mode holds from the first byte on: there is no moment at which others can
 * read it, and no link put in its place beforehand is followed.
 */
export function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  return explained(path, writeFile(path, text, { flag: 'wx', mode }))
}

/** Makes a folder for its owner alone; one that exists stays as it is. */
export async function makeFolder(path: string): Promise<void> {
  await explained(path, mkdir(path, { recursive: true, mode: 0o700 }))
}

async function explained<T>(path: string, writing: Promise<T>): Promise<T> {
  try {
    return await writing
  } catch (error) {
    const reason = codeOf(error) === 'EEXIST' ? 'it exists, and nothing is ever overwritten' : messageOf(error)
    throw new CliError(`Cannot write ${path}: ${reason}.`, { cause: error, exitCode: 1 })
  }
}
