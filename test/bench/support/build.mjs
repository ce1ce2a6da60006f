// Builds the package as it is now, and with it the code that fills a store, outside `dist`.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'tsdown'

const root = resolve(import.meta.dirname, '../../..')
const outDir = resolve(root, 'node_modules/.cache/express-cis2/bench')

/** Addresses of what was built, to import. */
export async function buildPackage() {
  await build({
    cwd: root,
    config: false,
    entry: {
      index: 'src/index.ts',
      simulator: 'src/simulator/index.ts',
      crowd: 'test/bench/support/crowd.ts',
    },
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
  return { index: addressOf('index'), simulator: addressOf('simulator'), crowd: addressOf('crowd') }
}
