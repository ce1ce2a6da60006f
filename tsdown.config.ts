import { defineConfig } from 'tsdown'

const shared = {
  outDir: 'dist',
  platform: 'node',
  target: 'node20.19',
  sourcemap: false,
  report: false,
} as const

const entry = { index: 'src/index.ts', simulator: 'src/simulator/index.ts', testing: 'src/testing/index.ts' }

/**
 * These ship ES modules only. Node 20 loads them from CommonJS all the same, Jest on Node 20 does not: the CommonJS
 * build carries them, so that an application's default Jest can load this package. The ES module build does not.
 */
const esModulesOnly = [/^openid-client$/, /^oauth4webapi$/, /^jose(\/|$)/]

/**
 * What is loaded late is required where it is asked for, and not in a function of its own: bundlers take a `require` for
 * optional only when they see the `try` around it.
 */
const requireInPlace = {
  name: 'require-in-place',
  renderChunk: (code: string) =>
    code.replaceAll(
      /Promise\.resolve\(\)\.then\(\(\) => ((?:\/\* @__PURE__ \*\/ )?[\w.]+\(require\("[^"]+"\), 1\))\)/g,
      '$1',
    ),
}

/** Doc comments are in the declarations, where editors look; what bundlers and lawyers read stays. */
const comments = { legal: true, annotation: true, jsdoc: false }

export default defineConfig([
  {
    ...shared,
    entry: { ...entry, bin: 'src/cli/bin.ts' },
    format: 'esm',
    fixedExtension: false,
    dts: true,
    clean: true,
    outputOptions: { comments },
    // For the browser, as it is.
    copy: ['src/session-warning/session-warning.js', 'src/session-warning/session-warning.d.ts'],
  },
  {
    ...shared,
    entry,
    format: 'cjs',
    fixedExtension: false,
    dts: true,
    clean: false,
    deps: { alwaysBundle: esModulesOnly, onlyBundle: esModulesOnly },
    plugins: [requireInPlace],
    // Jest has no import() in CommonJS unless it is told to: what is loaded late is required late.
    outputOptions: { dynamicImportInCjs: false, comments },
  },
])
