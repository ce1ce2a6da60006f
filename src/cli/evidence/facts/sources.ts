/**
 * The documents that the evidence is made from. They stay in the repository: the build puts their text in place of this
 * module (`tsdown.config.ts`).
 */
import { readFileSync } from 'node:fs'

export interface Sources {
  readonly conformance: string
  readonly asvs: string
  readonly securityCases: string
}

export const SOURCES: Sources = {
  conformance: read('conformance.md'),
  asvs: read('asvs.md'),
  securityCases: read('security-cases.md'),
}

function read(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8')
}
