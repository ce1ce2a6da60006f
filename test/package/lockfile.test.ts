import { readLockfile } from './support/lockfile.js'

describe('the lockfile', () => {
  it('FIELD-18 has a hash of everything that runs in production, so that no other content is installed', () => {
    const running = Object.entries(readLockfile().packages).filter(
      ([path, { dev, devOptional, link }]) =>
        path.startsWith('node_modules/') && dev !== true && devOptional !== true && link !== true,
    )
    expect(running.length).toBeGreaterThan(50)
    expect(running.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([path]) => path)).toEqual(
      [],
    )
  })
})
