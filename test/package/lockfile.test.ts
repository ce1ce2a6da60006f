import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { type LockedPackage, readLockfile } from './support/lockfile.js'
import { ROOT } from './support/run.js'

describe('the lockfile', () => {
  const { packages } = readLockfile()
  const runs = ({ dev, devOptional, link }: LockedPackage) => dev !== true && devOptional !== true && link !== true

  it('FIELD-18 has a hash of everything that runs in production, so that no other content is installed', () => {
    const running = Object.entries(packages).filter(([path, each]) => path.startsWith('node_modules/') && runs(each))
    expect(running.length).toBeGreaterThan(50)
    expect(running.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([path]) => path)).toEqual(
      [],
    )
  })

  it('counts among what runs in production the peers that images need, which only the example asks npm for', () => {
    // `npm ci --omit=dev` takes what is marked `dev` away, and did so with ioredis and express before.
    for (const name of ['express', 'ioredis', 'nunjucks']) {
      expect([name, runs(packages[`node_modules/${name}`] ?? { dev: true })]).toEqual([name, true])
    }
    // npm reads the example's dependencies where its package.json is.
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    const [, production = ''] = /AS production\n([^]*?)RUN npm ci --omit=dev/.exec(dockerfile) ?? []
    expect(production).toContain('COPY example-app/package.json example-app/')
  })
})
