/** Loads an application's module: JavaScript as it is, TypeScript by whatever can read it. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { isError } from '../outbound/fault.js'
import { CliError, codeOf, messageOf } from './io.js'

/** What Node.js says to TypeScript that it cannot read by itself, or to imports that only a compiler resolves. */
const NEEDS_A_TOOL: ReadonlySet<unknown> = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_MODULE_NOT_FOUND',
])

/**
 * Loads a module by its absolute path. TypeScript is read by Node.js itself where it does that (22.18 and later), else,
 * or where that is not enough, by `tsx` or `ts-node`, if the application has one.
 */
export async function loadModule(path: string): Promise<unknown> {
  if (!/\.[cm]?tsx?$/.test(path)) return importFile(path)
  if (!readsTypeScript(process.features)) return loadByTool(path, undefined)
  try {
    return await importFile(path)
  } catch (error) {
    if (!isError(error) || !NEEDS_A_TOOL.has(codeOf(error))) throw error
    return loadByTool(path, error)
  }
}

/** Newer versions of Node.js than the types here are of say `'strip'` or `'transform'`. */
function readsTypeScript(features: object): boolean {
  return 'typescript' in features && typeof features.typescript === 'string'
}

function importFile(path: string): Promise<unknown> {
  return import(pathToFileURL(path).href)
}

/** @param refused - Why Node.js did not read it; undefined where it reads no TypeScript at all. */
async function loadByTool(path: string, refused: Error | undefined): Promise<unknown> {
  const own = createRequire(path)
  const tsx = tsxFor(own)
  if (tsx !== undefined) {
    const { tsImport } = (await import(pathToFileURL(tsx).href)) as {
      tsImport: (file: string, from: string) => Promise<unknown>
    }
    return tsImport(pathToFileURL(path).href, pathToFileURL(path).href)
  }
  if (resolved(own, 'ts-node') !== undefined) return loadByTsNode(path, own)
  if (refused !== undefined) throw refused
  throw unread(path, `Node.js ${process.version} does not read TypeScript. Use Node.js 22.18 or later, or install tsx`)
}

/** The module for `import`: `require.resolve` finds the one for `require`, which cannot import. */
function tsxFor(own: NodeJS.Require): string | undefined {
  const manifest = resolved(own, 'tsx/package.json')
  if (manifest === undefined) return undefined
  const file = join(dirname(manifest), 'dist/esm/api/index.mjs')
  return existsSync(file) ? file : undefined
}

/** For CommonJS: its loader for ES modules does not work with every Node.js that this package does. */
function loadByTsNode(path: string, own: NodeJS.Require): unknown {
  const tsNode = own('ts-node') as { register: (options: object) => unknown }
  // Types are the compiler's affair, and so is what it thinks of its own options.
  tsNode.register({
    projectSearchDir: dirname(path),
    transpileOnly: true,
    experimentalResolver: true,
    compilerOptions: { module: 'commonjs', moduleResolution: 'node10', verbatimModuleSyntax: false },
    ignoreDiagnostics: CONTRADICTIONS,
  })
  try {
    return own(path)
  } catch (error) {
    if (codeOf(error) !== 'ERR_REQUIRE_ESM' && !/import statement|token 'export'/.test(messageOf(error))) throw error
    throw unread(path, 'ts-node does not read ES modules here. Install tsx')
  }
}

/** What TypeScript says to these options beside those of the project, and version 6 to the old ones. */
const CONTRADICTIONS = [5095, 5107, 5109, 5110]

function unread(path: string, why: string): CliError {
  return new CliError(`Cannot load ${path}: ${why} (npm install --save-dev tsx), or compile the file to JavaScript.`, {
    exitCode: 2,
  })
}

function resolved(own: NodeJS.Require, name: string): string | undefined {
  try {
    return own.resolve(name)
  } catch {
    // Not installed where the module is: whatever the reason, it is no help.
    return undefined
  }
}
