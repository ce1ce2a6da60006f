import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { cycloneDx, listComponents, readComponents } from '../../../../../src/cli/evidence/facts/components.js'

const SBOM = {
  components: [
    {
      ...{ name: 'b', version: '2.0.0', purl: 'pkg:npm/b@2.0.0', author: 'Somebody Canary' },
      licenses: [{ license: { id: 'MIT' } }],
    },
    {
      ...{ group: '@a', name: 'a', version: '1.0.0', purl: 'pkg:npm/%40a/a@1.0.0' },
      licenses: [{ expression: 'MIT OR ISC' }],
    },
    { name: 'b', version: '2.0.0', purl: 'pkg:npm/b@2.0.0', licenses: [{ license: { id: 'MIT' } }] },
    { name: 'c', version: '3.0.0', purl: 'pkg:npm/c@3.0.0' },
  ],
}

describe('what is installed', () => {
  const rows = readComponents(SBOM)

  it('is listed once each, in order, with its licence', () => {
    expect(rows.map(({ name, version, licence }) => `${name} ${version} ${licence}`)).toEqual([
      '@a/a 1.0.0 MIT OR ISC',
      'b 2.0.0 MIT',
      'c 3.0.0 not said',
    ])
  })

  it('is written as CycloneDX, without authors, who are people', () => {
    const text = cycloneDx(rows, '2026-11-28T00:00:00.000Z')
    expect(JSON.parse(text)).toMatchObject({ bomFormat: 'CycloneDX', components: [{ name: '@a/a' }, {}, {}] })
    expect(text).not.toContain('Canary')
  })

  it('is not known where npm knows of no project', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cis2-no-project-'))
    try {
      expect(await listComponents(folder)).toBeUndefined()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each([undefined, {}, { components: 'none' }])('is nothing when npm says %j', (sbom) => {
    expect(readComponents(sbom)).toEqual([])
  })
})
