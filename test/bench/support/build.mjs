// Builds the package as it is now, and with it the code that fills a store, outside `dist`.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'tsdown'

const root = resolve(import.meta.dirname, '../../..')
const cache = resolve(root, 'node_modules/.cache/express-cis2')

/** Addresses of what was built, to import. */
export function buildPackage() {
  return buildFrom(root, resolve(cache, 'bench'), {
    index: 'src/index.ts',
    simulator: 'src/simulator/index.ts',
    crowd: 'test/bench/support/crowd.ts',
  })
}

/** The package of another checkout, built alike, with the dependencies of this one. */
export function buildRival(checkout) {
  return buildFrom(resolve(checkout), resolve(cache, 'bench-rival'), { index: 'src/index.ts' })
}

async function buildFrom(cwd, outDir, entry) {
  await build({
    cwd,
    config: false,
    entry,
    outDir,
    format: 'esm',
    fixedExtension: false,
    platform: 'node',
    target: 'node20.19',
    dts: false,
    report: false,
    logLevel: 'warn',
  })
  const addressOf = (name) => pathToFileURL(resolve(outDir, `${name}.js`)).href
  return Object.fromEntries(Object.keys(entry).map((name) => [name, addressOf(name)]))
}
