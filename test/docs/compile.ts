/** Compiles sources that exist in memory only, at the root of the project, where imports resolve as the project's do. */
import { join, relative } from 'node:path'

import ts from 'typescript'

import { ROOT } from './pages.js'

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: unknown
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  return {
    ...options,
    types: ['node', 'jest'],
    lib: [...(options.lib ?? []), 'lib.dom.d.ts'],
    allowJs: true,
    checkJs: true,
    // As the pages that use them tell their readers: NestJS, Next.js.
    experimentalDecorators: true,
    erasableSyntaxOnly: false,
    jsx: ts.JsxEmit.ReactJSX,
  }
}

export interface Complaint {
  /** The source's name and the line. */
  readonly at: string
  /** The compiler's number of it, such as 2307: a module that is not there. */
  readonly code: number
  readonly text: string
}

/** What the compiler says about each source. */
export function complaintsAbout(sources: ReadonlyMap<string, string>): Complaint[] {
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const disk = { readFile: host.readFile.bind(host), fileExists: host.fileExists.bind(host) }
  // Folders exist in memory only, too.
  host.directoryExists = () => true
  const getSourceFile = host.getSourceFile.bind(host)
  const inMemory = new Map([...sources].map(([name, text]) => [join(ROOT, name), text]))
  host.fileExists = (name) => inMemory.has(name) || disk.fileExists(name)
  host.readFile = (name) => inMemory.get(name) ?? disk.readFile(name)
  host.getSourceFile = (name, ...rest) => {
    const source = inMemory.get(name)
    return source === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, source, rest[0])
  }
  const program = ts.createProgram([...inMemory.keys()], options, host)
  return [...inMemory.keys()].flatMap((name) => {
    const file = program.getSourceFile(name)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ messageText, code, start = 0 }) => {
      const line = file === undefined ? 0 : ts.getLineAndCharacterOfPosition(file, start).line + 1
      const text = ts.flattenDiagnosticMessageText(messageText, ' ')
      return { at: `${relative(ROOT, name)}:${String(line)}`, code, text }
    })
  })
}

/** Every name that an entry of the package exports, types included. */
export function exportsOf(entry: string): string[] {
  const file = join(ROOT, entry)
  const program = ts.createProgram([file], { ...compilerOptions(), noResolve: true })
  const source = program.getSourceFile(file)
  const checker = program.getTypeChecker()
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  return module === undefined ? [] : checker.getExportsOfModule(module).map(({ name }) => name)
}
