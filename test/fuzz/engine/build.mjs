// Bundles the targets with an instrumented copy of the source, and of the packages that read strangers' bytes for us.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { transformSync } from '@babel/core'
import { build, transformSync as stripTypes } from 'esbuild'

import { instrumenter } from './instrument.mjs'

const root = resolve(import.meta.dirname, '../../..')
const INSTRUMENTED = /\/src\/.*\.ts$|\/node_modules\/(jose|cookie|cookie-signature)\/.*\.js$/

/** Writes the bundle; returns its path, and where each branch and comparison stands that it counts. */
export async function buildTargets(folder) {
  const outfile = join(folder, 'targets.mjs')
  const edgeSites = []
  await build({
    entryPoints: [join(root, 'test/fuzz/targets/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    // What is bundled from CommonJS asks for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    external: ['ioredis', 'express', 'express-session', '@opentelemetry/api', 'zod', 'openid-client'],
    plugins: [
      {
        name: 'instrument',
        setup({ onLoad }) {
          onLoad({ filter: INSTRUMENTED }, ({ path }) => {
            const { code } = stripTypes(readFileSync(path, 'utf8'), { loader: 'ts', target: 'node20' })
            const plugin = instrumenter(
              (isBranch) => edgeSites.push({ file: path.slice(root.length + 1), isBranch }) - 1,
            )
            const { code: contents } = transformSync(code, {
              plugins: [plugin],
              configFile: false,
              babelrc: false,
              compact: false,
            })
            return { contents, loader: 'js' }
          })
        },
      },
    ],
  })
  return { outfile, edgeSites }
}
