import { defineConfig } from 'tsdown'

import { esModuleFaces } from './build/es-module-faces.js'
import { evidenceSources } from './build/evidence-sources.js'
import { requireOptional } from './build/late-imports.js'
import { CARRIED, ES_MODULES_ONLY, requireEsModules } from './build/require-es-modules.js'
import { smaller } from './build/smaller.js'
import { typesOnly } from './build/types-only.js'

const shared = {
  outDir: 'dist',
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  sourcemap: false,
  report: false,
} as const

/** For programs: the faces of the package. */
const entry = { index: 'src/index.ts', simulator: 'src/simulator/index.ts', testing: 'src/testing/index.ts' }

/** Doc comments are in the declarations, where editors look; what bundlers and lawyers read stays. */
const comments = { legal: true, annotation: true, jsdoc: false }

/** openid-client is made of the others. */
const esModulesOnly = [...ES_MODULES_ONLY, 'oauth4webapi'].map((name) => new RegExp(`^${name}(?:/|$)`))
const whole = { alwaysBundle: esModulesOnly, onlyBundle: esModulesOnly }

export default defineConfig([
  {
    ...shared,
    entry: { ...entry, bin: 'src/cli/bin.ts' },
    dts: false,
    clean: true,
    plugins: [evidenceSources, requireOptional, requireEsModules, smaller, esModuleFaces],
    outputOptions: { comments },
    // For the browser, as it is.
    copy: ['src/session-warning/session-warning.js', 'src/session-warning/session-warning.d.ts'],
  },
  // TypeScript 5.4 lets CommonJS import no types of an ES module.
  { ...shared, entry, dts: true, clean: false, deps: whole, plugins: [typesOnly] },
  {
    ...shared,
    entry: { [CARRIED]: 'build/carried.ts' },
    dts: false,
    clean: false,
    deps: whole,
    plugins: [smaller],
    outputOptions: { comments },
  },
])
