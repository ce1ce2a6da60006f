import { readFileSync } from 'node:fs'

import { minify } from 'terser'
import { defineConfig } from 'tsdown'

const shared = {
  outDir: 'dist',
  platform: 'node',
  target: 'node20.19',
  sourcemap: false,
  report: false,
} as const

const SIMULATOR = 'src/simulator/index.ts'

const entry = { index: 'src/index.ts', simulator: SIMULATOR, testing: 'src/testing/index.ts' }

/**
 * Only of what runs in production there are two builds: the simulator and the test kit are CommonJS, and their ES modules
 * hand on the same objects. The declarations are the CommonJS build's for both, since an ES module may import those and not
 * the other way round. It halves what is downloaded.
 */
const FACES = ['simulator', 'testing']

const esModuleFaces = {
  name: 'es-module-faces',
  generateBundle(this: Emitter, _options: unknown, bundle: Readonly<Record<string, Chunk>>) {
    for (const { isEntry, name, exports, fileName } of Object.values(bundle)) {
      if (isEntry !== true || fileName !== `${name}.cjs`) continue
      this.emitFile({ type: 'asset', fileName: `${name}.d.ts`, source: `export * from './${fileName}'\n` })
      if (!FACES.includes(name)) continue
      const source = `export { ${exports.join(', ')} } from './${fileName}'\n`
      this.emitFile({ type: 'asset', fileName: `${name}.js`, source })
    }
  },
}

interface Emitter {
  emitFile(file: { readonly type: 'asset'; readonly fileName: string; readonly source: string }): string
}

interface Chunk {
  readonly type: 'chunk' | 'asset'
  readonly isEntry?: boolean
  readonly name: string
  readonly fileName: string
  readonly exports: readonly string[]
  readonly moduleIds: readonly string[]
  code: string
}

/** The commands use the simulator as any program does. */
const simulatorFromOutside = {
  name: 'simulator-from-outside',
  async resolveId(this: Resolver, source: string, importer: string | undefined) {
    if (importer === undefined || !source.endsWith('/simulator/index.js')) return undefined
    const found = await this.resolve(source, importer, { skipSelf: true })
    return found?.id.replaceAll('\\', '/').endsWith(SIMULATOR) === true
      ? { id: './simulator.js', external: true }
      : found
  },
}

/** The documents that `evidence` is made from are not packed; their text goes into the program, tables unpadded. */
const evidenceSources = {
  name: 'evidence-sources',
  load(id: string) {
    if (!id.replaceAll('\\', '/').endsWith('/src/cli/evidence/facts/sources.ts')) return undefined
    const read = (name: string) =>
      readFileSync(`docs/${name}`, 'utf8').replaceAll(/ {2,}/g, ' ').replaceAll(/-{4,}/g, '---')
    // Of the one page, what is about CIS2 alone.
    const [conformance = ''] = read('conformance.md').split('## Evidence that assurance asks for')
    const securityCases = read('security-cases.md').split('\n').flatMap(shownOfCases).join('\n')
    return `export const SOURCES = ${JSON.stringify({ conformance, asvs: read('asvs.md'), securityCases })}`
  },
}

/** Of the attacks, their numbers and where they are tried; what happens in them is told of those that no test shows. */
function shownOfCases(line: string): string[] {
  if (line.startsWith('## ')) return [line]
  if (!line.startsWith('|')) return []
  const [, cases = '', , ...proved] = line.split(/(?<!\\)\|/)
  const isShown = proved.join('|').startsWith(' `test/')
  return [isShown ? ['', cases, '', ...proved].join('|') : line]
}

interface Resolver {
  resolve(
    source: string,
    importer: string,
    options: { readonly skipSelf: true },
  ): Promise<{ readonly id: string } | null>
}

/**
 * These ship ES modules only. Node 20 loads them from CommonJS all the same, Jest on Node 20 does not: the CommonJS
 * build carries them, so that an application's default Jest can load this package. The ES module build does not.
 */
const esModulesOnly = [/^openid-client$/, /^oauth4webapi$/, /^jose(\/|$)/]

/** The chunk that they are in. */
const CARRIED = 'carried'

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

/**
 * Less to download, and no more than that: functions and classes keep their names and lines are short, so that a stack
 * trace can be read. No source maps: they would be twice the size of what they explain.
 */
const smaller = {
  name: 'smaller',
  async generateBundle(_options: unknown, bundle: Readonly<Record<string, Chunk>>) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || !/\.c?js$/.test(chunk.fileName)) continue
      // Of what is carried nobody reads the names: it is in node_modules whole.
      const names = chunk.name === CARRIED ? {} : { keep_fnames: true, keep_classnames: true }
      const { code = '' } = await minify(chunk.code, {
        module: chunk.fileName.endsWith('.js'),
        toplevel: true,
        ecma: 2020,
        compress: { passes: 2, ...names },
        mangle: names,
        format: { comments: /^!/, max_line_len: 400 },
      })
      chunk.code = carriedBy(chunk) + code
    }
  },
}

/** Says in a chunk which packages, and which versions of them, it carries. */
function carriedBy({ moduleIds }: Chunk): string {
  const folders = new Set(
    moduleIds.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []),
  )
  const names = [...folders].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Named
    return `${name} ${version}`
  })
  return names.length === 0 ? '' : `/*! carries ${names.sort().join(', ')} */\n`
}

interface Named {
  readonly name: string
  readonly version: string
}

/** Doc comments are in the declarations, where editors look; what bundlers and lawyers read stays. */
const comments = { legal: true, annotation: true, jsdoc: false }

export default defineConfig([
  {
    ...shared,
    entry: { index: entry.index, bin: 'src/cli/bin.ts' },
    format: 'esm',
    fixedExtension: false,
    dts: false,
    clean: true,
    plugins: [simulatorFromOutside, evidenceSources, smaller],
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
    plugins: [requireInPlace, smaller, esModuleFaces],
    // Jest has no import() in CommonJS unless it is told to: what is loaded late is required late.
    outputOptions: {
      dynamicImportInCjs: false,
      comments,
      codeSplitting: { groups: [{ name: CARRIED, test: /[\\/]node_modules[\\/].+\.m?js$/ }] },
    },
  },
])
