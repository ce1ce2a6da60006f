import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

const ROOT = resolve(__dirname, '..')
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
)

/** What a block may use without saying where it comes from. A block that declares a name itself is not given it. */
const PRELUDE: Readonly<Record<string, string>> = {
  app: `declare const app: import('express').Express`,
  auth: `declare const auth: import('express-cis2').Cis2Auth`,
  options: `declare const options: import('express-cis2').Cis2Options`,
  cis2Auth: `import { cis2Auth } from 'express-cis2'`,
  requireCis2: `import { requireCis2 } from 'express-cis2'`,
  cis2UserOf: `import { cis2UserOf } from 'express-cis2'`,
  ...handlers('listPatients', 'prescribe', 'showAudit', 'showRota', 'showWard'),
}

function handlers(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `declare const ${name}: import('express').RequestHandler`]))
}

interface Block {
  readonly page: string
  /** Of the block's first line of code, counted from 1. */
  readonly line: number
  readonly code: string
}

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

function blocksOf(page: string): Block[] {
  const text = read(page)
  return [...text.matchAll(/^([ \t]*)```ts\b.*\n([\s\S]*?)^[ \t]*```$/gm)].map(
    ({ 0: all, 1: indent = '', 2: code = '', index }) => ({
      page,
      line: text.slice(0, index + all.indexOf('\n') + 1).split('\n').length,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
}

/** Names that a block imports or declares at its top level. */
function ownNames(code: string): Set<string> {
  const names = new Set<string>()
  function add(name: ts.BindingName | undefined): void {
    if (name === undefined) return
    if (ts.isIdentifier(name)) names.add(name.text)
    else for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name)
  }
  for (const statement of ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest).statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) add(name)
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) add(statement.name)
    if (!ts.isImportDeclaration(statement)) continue
    add(statement.importClause?.name)
    const bindings = statement.importClause?.namedBindings
    if (bindings !== undefined && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) add(name)
    if (bindings !== undefined && ts.isNamespaceImport(bindings)) add(bindings.name)
  }
  return names
}

/** The block as a module of its own, on the lines that it has in its page, so that complaints point there. */
function sourceOf({ code, line }: Block, prelude: Readonly<Record<string, string>>): string {
  const own = ownNames(code)
  const given = Object.entries(prelude).flatMap(([name, declaration]) => (own.has(name) ? [] : [declaration]))
  return `${[...given, 'export {}'].join(';')}${'\n'.repeat(line - 1)}${code}`
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: unknown
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  return { ...options, types: ['node', 'jest'] }
}

/** Complaints of the compiler about sources that exist in memory only, at the root of the project. */
function complaintsAbout(sources: ReadonlyMap<string, string>): string[] {
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const disk = { readFile: host.readFile.bind(host), fileExists: host.fileExists.bind(host) }
  const getSourceFile = host.getSourceFile.bind(host)
  host.fileExists = (name) => sources.has(name) || disk.fileExists(name)
  host.readFile = (name) => sources.get(name) ?? disk.readFile(name)
  host.getSourceFile = (name, ...rest) => {
    const source = sources.get(name)
    return source === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, source, rest[0])
  }
  const program = ts.createProgram([...sources.keys()], options, host)
  return [...sources.keys()].flatMap((name) => {
    const file = program.getSourceFile(name)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ messageText, start = 0 }) => {
      const line = file === undefined ? 0 : ts.getLineAndCharacterOfPosition(file, start).line + 1
      const page = relative(ROOT, name).replace(/\.\d+\.ts$/, '')
      return `${page}:${String(line)} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}

function fileNameOf({ page, line }: Block): string {
  // At the root, so that imports are resolved as those of the project are.
  return join(ROOT, `${page.replace('/', '+')}.${String(line)}.ts`)
}

/** The anchor that code hosts make of a heading. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

function withoutCode(text: string): string {
  return text.replaceAll(/^[ \t]*```[\s\S]*?^[ \t]*```$/gm, '')
}

function headingsOf(page: string): string[] {
  return [...withoutCode(read(page)).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => heading)
}

function brokenLinksOf(page: string): string[] {
  const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false
    const [path = '', anchor] = target.split('#', 2)
    const file = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(ROOT, file))) return true
    return anchor !== undefined && file.endsWith('.md') && !headingsOf(file).map(anchorOf).includes(anchor)
  })
}

/** Every name that an entry of the package exports, types included. */
function exportsOf(entry: string): string[] {
  const file = join(ROOT, entry)
  const program = ts.createProgram([file], { ...compilerOptions(), noResolve: true })
  const source = program.getSourceFile(file)
  const module = source === undefined ? undefined : program.getTypeChecker().getSymbolAtLocation(source)
  return module === undefined
    ? []
    : program
        .getTypeChecker()
        .getExportsOfModule(module)
        .map(({ name }) => name)
}

describe('the public documents', () => {
  it('hold examples that compile', () => {
    const blocks = PAGES.flatMap(blocksOf)
    const [first, ...others] = blocks
    if (first === undefined) throw new Error('README.md has no example.')
    const sources = new Map([
      // The first example is copied whole by newcomers: nothing is given to it.
      [fileNameOf(first), sourceOf(first, {})],
      ...others.map((block) => [fileNameOf(block), sourceOf(block, PRELUDE)] as const),
    ])
    expect(complaintsAbout(sources)).toEqual([])
  }, 60_000)

  it.each(PAGES)('link to files and headings that exist: %s', (page) => {
    expect(brokenLinksOf(page)).toEqual([])
  })

  it('name every public export in the reference', () => {
    const pages = readdirSync(join(ROOT, 'docs/reference')).map((page) => read(`docs/reference/${page}`))
    const names = exportsOf('src/index.ts')
    expect(names).toContain('cis2Auth')
    expect(names.filter((name) => !pages.some((page) => page.includes(`## \`${name}\``)))).toEqual([])
  })

  it('cite in docs/security-cases.md only files that exist', () => {
    const files = [...read('docs/security-cases.md').matchAll(/`(test\/[^`\s]+)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(100)
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })

  it('cite in docs/conformance.md only tests that exist', () => {
    const citations = [...read('docs/conformance.md').matchAll(/`((?:example-app\/)?test\/[^`\s]+\.ts)`: "([^"]+)"/g)]
    expect(citations.length).toBeGreaterThan(0)
    const missing = citations.filter(([, file = '', name = '']) => {
      return !existsSync(join(ROOT, file)) || !read(file).replaceAll("\\'", "'").includes(name)
    })
    expect(missing.map(([citation]) => citation)).toEqual([])
  })
})
