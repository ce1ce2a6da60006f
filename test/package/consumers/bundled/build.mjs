// node build.mjs BUNDLER ENTRY FOLDER: everything that ENTRY needs in one file, which is printed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const require = createRequire(import.meta.url)
const [bundler, entry, folder] = process.argv.slice(2)

/** What bundles of Node programs usually begin with: CommonJS in an ES module has no `require` otherwise. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const builds = {
  'esbuild-cjs': () => esbuild('cjs', 'main.cjs', {}),
  'esbuild-esm': () => esbuild('esm', 'main.mjs', { banner: { js: BANNER } }),

  async webpack() {
    const { default: webpack } = await import('webpack')
    const compiler = webpack({
      mode: 'production',
      target: 'node20',
      // esbuild tries what is minified; here it takes half a minute.
      optimization: { minimize: false },
      entry: resolve(entry),
      output: { path: resolve(folder), filename: 'main.cjs' },
      // Express looks its view engines up by name, which no bundler can follow.
      ignoreWarnings: [/the request of a dependency is an expression/],
    })
    const stats = await new Promise((done, fail) => compiler.run((error, found) => (error ? fail(error) : done(found))))
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true })
    complain([...errors, ...warnings].map(({ message, moduleName }) => `${moduleName}: ${message}`))
    return 'main.cjs'
  },

  async ncc() {
    const { code, assets } = await require('@vercel/ncc')(resolve(entry), { cache: false, quiet: true, esm: false })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'main.cjs'), code)
    for (const [name, { source }] of Object.entries(assets)) writeFileSync(join(folder, name), source)
    return 'main.cjs'
  },

  async tsdown() {
    const { build } = await import('tsdown')
    await build({
      entry: { main: resolve(entry) },
      outDir: resolve(folder),
      format: 'esm',
      platform: 'node',
      config: false,
      dts: false,
      logLevel: 'error',
      report: false,
      // Its own modules rely on an order that this release does not keep.
      deps: { alwaysBundle: [/./], neverBundle: [/^@opentelemetry\//] },
    })
    return 'main.mjs'
  },
}

async function esbuild(format, name, options) {
  const { build } = await import('esbuild')
  const { warnings } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format,
    minify: true,
    outfile: join(folder, name),
    logLevel: 'silent',
    ...options,
  })
  complain(warnings.map(({ text, location }) => `${location?.file}: ${text}`))
  return name
}

/** About us: what others have to say to bundlers is theirs. An optional package that is not installed is no fault. */
function complain(messages) {
  const ours = messages.filter(
    (message) => /express-cis2/.test(message) && !/resolve .@opentelemetry.api/.test(message),
  )
  if (ours.length > 0) throw new Error(ours.join('\n'))
}

console.log(await builds[bundler]())
