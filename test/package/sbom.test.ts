import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { ROOT } from './support/run.js'

interface Component {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly hashes?: readonly { readonly alg: string }[]
}

interface Bom {
  readonly bomFormat: string
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
}

it('npm run sbom lists what is installed with the package, each with its hash, and nothing that only builds or tests', () => {
  const printed = execFileSync(process.execPath, [join(ROOT, 'test/support/commands/write-sbom.mjs')], {
    encoding: 'utf8',
  })
  const { bomFormat, metadata, components } = JSON.parse(printed) as Bom
  expect([bomFormat, metadata.component.name]).toEqual(['CycloneDX', 'express-cis2'])
  const names = components.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['jose', 'oauth4webapi', 'openid-client', 'zod', 'express', 'express-session', 'ioredis']),
  )
  expect(names.filter((name) => /^(jest|typescript|eslint|nunjucks|example-app|playwright-core)$/.test(name))).toEqual(
    [],
  )
  for (const { name, purl, hashes = [] } of components) {
    expect([name, purl.startsWith('pkg:npm/'), hashes[0]?.alg]).toEqual([name, true, 'SHA-512'])
  }
})
