/** The public documents, as their tests read them. */
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(__dirname, '../..')

/** Every page that a user reads, by its path from the root. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true })
    .map((name) => `docs/${String(name).replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md'))
    .sort(),
]

export function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

export interface Block {
  readonly page: string
  /** Of the block's first line of code, counted from 1. */
  readonly line: number
  /** What stands behind the fence, such as `ts`. */
  readonly language: string
  readonly code: string
}

/** Every fenced block of a page, those within lists too. */
export function blocksOf(page: string): Block[] {
  const text = read(page)
  return [...text.matchAll(/^([ \t]*)```(.*)\n([\s\S]*?)^[ \t]*```$/gm)].map(
    ({ 0: all, 1: indent = '', 2: language = '', 3: code = '', index }) => ({
      page,
      language: language.trim(),
      line: text.slice(0, index + all.indexOf('\n') + 1).split('\n').length,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
}

export function withoutCode(text: string): string {
  return text.replaceAll(/^[ \t]*```[\s\S]*?^[ \t]*```$/gm, '')
}
