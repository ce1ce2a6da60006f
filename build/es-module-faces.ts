import { ES_MODULES_ONLY } from './require-es-modules.js'

/** For nobody to import. */
const COMMAND = 'bin'

/**
 * One build, CommonJS, for `require` and for `import`: the ES modules hand on the same objects. An application that uses
 * both has one copy of everything, and half is downloaded. The declarations are the CommonJS build's for both, since an ES
 * module may import those and not the other way round.
 */
export const esModuleFaces = {
  name: 'es-module-faces',
  generateBundle(this: Emitter, _options: unknown, bundle: Readonly<Record<string, Entry>>) {
    for (const { isEntry, name, exports, fileName } of Object.values(bundle)) {
      if (isEntry !== true || fileName !== `${name}.cjs` || name === COMMAND) continue
      this.emitFile({ type: 'asset', fileName: `${name}.d.ts`, source: `export * from './${fileName}'\n` })
      const source = `${importsFirst(fileName, bundle)}export { ${exports.join(', ')} } from './${fileName}'\n`
      this.emitFile({ type: 'asset', fileName: `${name}.js`, source })
    }
  },
}

/**
 * ES modules that the build requires are imported before it: Node cannot require what somebody else's `import()` is still
 * loading, and now waits for it.
 */
function importsFirst(fileName: string, bundle: Readonly<Record<string, Entry>>): string {
  const needed = new Set<string>()
  const seen = new Set<string>()
  function collect(name: string): void {
    if (seen.has(name)) return
    seen.add(name)
    if (ES_MODULES_ONLY.some((known) => known === name)) needed.add(name)
    for (const imported of bundle[name]?.imports ?? []) collect(imported)
  }
  collect(fileName)
  return [...needed]
    .sort()
    .map((name) => `import '${name}'\n`)
    .join('')
}

interface Emitter {
  emitFile(file: { readonly type: 'asset'; readonly fileName: string; readonly source: string }): string
}

interface Entry {
  readonly isEntry?: boolean
  readonly name: string
  readonly fileName: string
  readonly exports: readonly string[]
  /** Files of the bundle and packages. */
  readonly imports?: readonly string[]
}
