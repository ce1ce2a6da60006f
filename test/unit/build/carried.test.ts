/** What the package carries for programs that cannot require ES modules. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'

import { describe, expect, it } from '@jest/globals'

import { carriedFor } from '../../../build/carried.js'
import { ES_MODULES_ONLY } from '../../../build/require-es-modules.js'
import { thrownBy } from '../../support/thrown-by.js'

const SOURCE = join(__dirname, '../../../src')

/** What the source takes of a package, types aside. */
function namesTakenOf(name: string): string[] {
  const texts = readdirSync(SOURCE, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
  const imports = new RegExp(`^import \\{([^}]*)\\} from '${name}'`, 'gm')
  const taken = texts.flatMap((text) => [...text.matchAll(imports)]).flatMap(([, list = '']) => list.split(','))
  return [...new Set(taken.map((each) => each.trim()))].filter((each) => each !== '' && !each.startsWith('type '))
}

describe('what is carried', () => {
  it.each(ES_MODULES_ONLY)('is all that the source takes of %s, and no more', (name) => {
    const carried = carriedFor(name, new SyntaxError())
    expect(Object.keys(carried).sort()).toEqual(namesTakenOf(name).sort())
    expect(Object.values(carried)).not.toContain(undefined)
  })

  it('stands in where an ES module cannot be required, whoever says so', () => {
    const refused = Object.assign(new Error('no'), { code: 'ERR_REQUIRE_ESM' })
    const racing = Object.assign(new Error('no'), { code: 'ERR_INTERNAL_ASSERTION' })
    const errors = [refused, racing, new TypeError('getStatus'), runInNewContext('new SyntaxError()') as unknown]
    for (const error of errors) expect(carriedFor('jose', error)).toHaveProperty('compactVerify')
  })

  it("stands in where Yarn Plug'n'Play keeps it in an archive, and where it is missing for another reason not", () => {
    const notFound = Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' })
    expect(thrownBy(() => carriedFor('jose', notFound))).toBe(notFound)
    const versions = process.versions as Record<string, string | undefined>
    versions.pnp = '3'
    try {
      expect(carriedFor('jose', notFound)).toHaveProperty('compactVerify')
    } finally {
      delete versions.pnp
    }
  })

  it('stands in for nothing that is missing: it hides no broken installation', () => {
    const missing = Object.assign(new Error('no'), { code: 'MODULE_NOT_FOUND' })
    expect(thrownBy(() => carriedFor('jose', missing))).toBe(missing)
  })
})
