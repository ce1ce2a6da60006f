// Inputs as lines of JSON: each byte a letter, so that a reader sees what there is to see.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../corpus')

/** The inputs that are kept of a target. */
export function readCorpus(target) {
  const file = join(FOLDER, `${target}.jsonl`)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => Buffer.from(JSON.parse(line), 'latin1'))
}

export function writeCorpus(target, inputs) {
  writeFileSync(join(FOLDER, `${target}.jsonl`), inputs.map((input) => `${asLine(input)}\n`).join(''))
}

/** In printable ASCII alone. */
export function asLine(input) {
  const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(Buffer.from(input).toString('latin1')).replace(/[\x7f-\xff]/g, escaped)
}
