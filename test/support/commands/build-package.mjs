// Builds the package that lies in a folder, as an ES module and without declarations: for tests that run it in processes
// of their own. Usage: node build-package.mjs FOLDER OUT
import { resolve } from 'node:path'
import { build } from 'tsdown'

const [folder, outDir] = process.argv.slice(2)
await build({
  cwd: resolve(folder),
  config: false,
  entry: { index: 'src/index.ts' },
  outDir: resolve(outDir),
  format: 'esm',
  fixedExtension: false,
  platform: 'node',
  target: 'node20.19',
  dts: false,
  report: false,
  logLevel: 'error',
})
