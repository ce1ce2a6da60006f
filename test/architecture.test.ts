/** The rooms of the package: what each may import. A rule that nobody checks is a wish. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

const ROOT = resolve(__dirname, '..')
const SRC = join(ROOT, 'src')

/** What a room may import: packages, and other rooms or files of `src`; `type:` before a name allows types only. */
const RULES: Readonly<Record<string, { readonly packages: readonly string[]; readonly rooms: readonly string[] }>> = {
  errors: { packages: [], rooms: [] },
  health: { packages: [], rooms: [] },
  primitives: { packages: ['fastest-levenshtein'], rooms: [] },
  events: { packages: [], rooms: ['type:cis2'] },
  options: {
    packages: ['zod', 'type:express', 'type:ioredis', 'type:jose'],
    rooms: ['cis2', 'errors', 'primitives', 'type:events'],
  },
  telemetry: { packages: ['@opentelemetry/api'], rooms: ['errors', 'type:events'] },
  cis2: { packages: [], rooms: ['errors', 'primitives'] },
  /** How servers are called: bounded, by whichever room calls one. */
  outbound: { packages: [], rooms: ['primitives', 'type:telemetry'] },
  /**
   * The only home of openid-client and of jose. The API platform wants signed assertions too: `nhs-api` is handed the
   * signer by `cis2-auth`, so that the two rooms do not know each other.
   */
  oidc: {
    packages: ['openid-client', 'jose'],
    rooms: ['cis2', 'errors', 'outbound', 'primitives', 'type:health', 'type:options', 'type:events', 'type:telemetry'],
  },
  'nhs-api': {
    packages: [],
    rooms: ['cis2', 'errors', 'outbound', 'primitives', 'type:health', 'type:options', 'type:events', 'type:telemetry'],
  },
  session: {
    packages: ['cookie', 'cookie-signature', 'express-session', 'connect-redis', 'ioredis'],
    rooms: ['cis2', 'errors', 'events', 'primitives', 'type:health', 'type:options', 'type:telemetry'],
  },
  express: {
    packages: ['express', 'helmet', 'mustache'],
    rooms: [
      'cis2',
      'errors',
      'events',
      'primitives',
      ...['options', 'nhs-api', 'oidc', 'session', 'telemetry'].map((name) => `type:${name}`),
    ],
  },
  'cis2-auth': {
    packages: ['express'],
    rooms: ['events', 'express', 'type:health', 'nhs-api', 'oidc', 'options', 'session', 'telemetry'],
  },
  index: {
    packages: [],
    rooms: [
      'cis2-auth',
      'errors',
      'express',
      ...['cis2', 'events', 'health', 'options', 'oidc', 'session'].map((name) => `type:${name}`),
    ],
  },
  simulator: {
    packages: ['express', 'fastest-levenshtein', 'jose', 'mustache', 'node-forge', 'zod'],
    rooms: ['type:cis2'],
  },
  testing: {
    packages: ['express', 'type:supertest'],
    rooms: [
      ...['cis2', 'errors', 'events', 'express', 'options', 'primitives', 'session', 'simulator'],
      ...['type:cis2-auth', 'type:oidc', 'type:telemetry'],
    ],
  },
  cli: {
    packages: ['commander', 'express', 'ioredis', 'jose', 'mustache'],
    rooms: [
      ...[
        'cis2',
        'cis2-auth',
        'errors',
        'express',
        'index',
        'nhs-api',
        'oidc',
        'options',
        'outbound',
        'primitives',
        'session',
        'simulator',
        'testing',
      ],
      ...['package.json', 'type:events'],
    ],
  },
}

/** Packages with one home: where else they are imported, the boundary is gone. Types count too, but for the options'. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'openid-client': ['oidc/'],
  jose: ['oidc/', 'simulator/', 'cli/', 'type:options/'],
  ioredis: ['session/redis/', 'type:options/', 'cli/doctor/'],
  'express-session': ['session/express-session/'],
  'connect-redis': ['session/express-session/'],
  zod: ['options/', 'simulator/'],
  helmet: ['express/'],
  '@opentelemetry/api': ['telemetry/'],
}

/** The wings of `session/`: what each may import of the others. Files outside a wing are plain functions over places and records. */
const WINGS: Readonly<Record<string, readonly string[]>> = {
  records: [],
  memory: [],
  redis: [],
  pending: ['records'],
  'express-session': ['records'],
}

interface Import {
  readonly file: string
  /** The file of `src` that is imported; undefined for a package. */
  readonly imported: string | undefined
  readonly room: string
  /** A package, or `room:` and the room of another file of `src`. */
  readonly target: string
  readonly typeOnly: boolean
}

function roomOf(path: string): string {
  return path.split('/')[0]?.replace(/\.ts$/, '') ?? path
}

function roomAt(path: string): string {
  const inside = relative(SRC, path)
  // Outside of src there is one file that code may read.
  return inside.startsWith('..') ? relative(ROOT, path) : roomOf(inside)
}

function importsOf(file: string): Import[] {
  const path = join(SRC, file)
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  return modulesNamedIn(source).map(({ text, typeOnly }) => {
    const at = text.startsWith('.') ? resolve(dirname(path), text) : undefined
    const target = at === undefined ? packageOf(text) : `room:${roomAt(at)}`
    const imported = at === undefined ? undefined : relative(SRC, at).replace(/\.js$/, '.ts')
    return { file, imported, room: roomOf(file), target: target.replace(/\.js$/, ''), typeOnly }
  })
}

interface Named {
  readonly text: string
  readonly typeOnly: boolean
}

/** Every module that a file names: in its head, in `import('…')` and `require('…')`, and in a type. */
function modulesNamedIn(source: ts.SourceFile): Named[] {
  const found: Named[] = []
  function add(name: ts.Node | undefined, typeOnly: boolean): void {
    if (name !== undefined && ts.isStringLiteral(name)) found.push({ text: name.text, typeOnly })
  }
  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node))
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true)
    else if (ts.isCallExpression(node) && loadsModule(node.expression)) add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function loadsModule(called: ts.Expression): boolean {
  return called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require')
}

function packageOf(text: string): string {
  return text
    .split('/')
    .slice(0, text.startsWith('@') ? 2 : 1)
    .join('/')
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, isTypeOnly: all } = statement
    return all || (exportClause !== undefined && everyIsType(exportClause))
  }
  const { importClause } = statement
  if (importClause === undefined) return false
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const { name, namedBindings } = importClause
  return name === undefined && namedBindings !== undefined && everyIsType(namedBindings)
}

function everyIsType(bindings: ts.NamedImportBindings | ts.NamedExportBindings): boolean {
  if (!ts.isNamedImports(bindings) && !ts.isNamedExports(bindings)) return false
  const { elements } = bindings
  return elements.every((element) => element.isTypeOnly)
}

const FILES = readdirSync(SRC, { recursive: true })
  .map((name) => String(name).replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))

function isAllowed({ room, target, typeOnly }: Import): boolean {
  const rule = RULES[room]
  if (rule === undefined) return false
  if (target === `room:${room}` || target.startsWith('node:')) return true
  const allowed = target.startsWith('room:') ? rule.rooms : rule.packages
  const name = target.replace(/^room:/, '')
  return allowed.includes(name) || (typeOnly && allowed.includes(`type:${name}`))
}

/** Files that import each other in a circle, types included: each group that Tarjan's algorithm finds with more than one file. */
function circlesOf(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>()
  for (const { file, imported } of imports) {
    if (imported !== undefined) next.set(file, [...(next.get(file) ?? []), imported])
  }
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  function visit(file: string): void {
    index.set(file, index.size)
    low.set(file, index.get(file) ?? 0)
    stack.push(file)
    for (const other of next.get(file) ?? []) {
      if (!index.has(other)) visit(other)
      if (stack.includes(other)) low.set(file, Math.min(low.get(file) ?? 0, low.get(other) ?? 0))
    }
    if (low.get(file) !== index.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) circles.push(circle.sort())
  }
  for (const file of next.keys()) if (!index.has(file)) visit(file)
  return circles
}

function isAtHome({ file, target, typeOnly }: Import): boolean {
  const homes = HOMES[target]
  if (homes === undefined) return true
  return homes.some((home) => file.startsWith(home) || (typeOnly && `type:${file}`.startsWith(home)))
}

/** The wing of a file of `session/`; `''` for one that stands outside of the wings, undefined for one of another room. */
function wingOf(file: string | undefined): string | undefined {
  const [room, wing, ...rest] = file?.split('/') ?? []
  if (room !== 'session') return undefined
  return rest.length > 0 ? wing : ''
}

function keepsToItsWing({ file, imported }: Import): boolean {
  const [from, to] = [wingOf(file), wingOf(imported)]
  if (!from || !to || from === to) return true
  return WINGS[from]?.includes(to) === true
}

describe('the rooms of src', () => {
  const imports = FILES.flatMap(importsOf)

  it('have no circles, none of types either', () => {
    expect(circlesOf(imports)).toEqual([])
  })

  it('give each of the packages that matter one home', () => {
    expect(Object.keys(HOMES).filter((name) => !imports.some(({ target }) => target === name))).toEqual([])
    expect(imports.filter((one) => !isAtHome(one)).map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
  })

  it('keep the wings of session apart', () => {
    const wings = new Set(FILES.map(wingOf).filter(Boolean))
    expect([...wings].sort()).toEqual(Object.keys(WINGS).sort())
    expect(
      imports.filter((one) => !keepsToItsWing(one)).map(({ file, imported }) => `${file} imports ${imported ?? ''}`),
    ).toEqual([])
  })

  it('import what their rule allows, and nothing else', () => {
    expect(imports.length).toBeGreaterThan(200)
    expect(imports.filter((one) => !isAllowed(one)).map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
  })

  it('have rules for rooms that exist', () => {
    expect(Object.keys(RULES).filter((room) => !FILES.some((file) => roomOf(file) === room))).toEqual([])
  })

  it('are drawn in docs/design.md with arrows that are there', () => {
    const page = readFileSync(join(ROOT, 'docs/design.md'), 'utf8')
    const drawing = /```mermaid\nflowchart TD\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    const rooms = new Map([...drawing.matchAll(/(\w+)\[([\w-]+)\]/g)].map(([, id = '', room = '']) => [id, room]))
    const arrows = [...drawing.matchAll(/^ *(\w+)(?:\[[\w-]+\])? -[^>]*> (\w+)/gm)].map(([, from = '', to = '']) => {
      return [from, to].map((id) => rooms.get(id) ?? id).join(' to ')
    })
    const there = new Set(imports.map(({ room, target }) => `${room} to ${target.replace('room:', '')}`))
    expect(arrows.length).toBeGreaterThan(15)
    expect(arrows.filter((arrow) => !there.has(arrow))).toEqual([])
  })

  it('keep the simulator apart from the middleware: it takes the types of the claims and nothing else', () => {
    const shared = imports.filter(({ room, target }) => room === 'simulator' && /^room:(?!simulator$)/.test(target))
    expect(shared.filter(({ typeOnly }) => !typeOnly)).toEqual([])
  })

  it('hold no odd characters that hide in source', () => {
    const odd = /[\p{Cf}\u00a0\u2028\u2029]|(?![\n\t])\p{Cc}/u
    expect(FILES.filter((file) => odd.test(readFileSync(join(SRC, file), 'utf8')))).toEqual([])
  })
})

/** Lines of every function of a file that has a body, from its first to its last. */
function functionLengthsOf(file: string): number[] {
  const source = ts.createSourceFile(file, readFileSync(join(SRC, file), 'utf8'), ts.ScriptTarget.Latest, true)
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line
  const lengths: number[] = []
  function visit(node: ts.Node): void {
    const hasBody = ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
    // An arrow of one expression is no function to be read by itself.
    if (hasBody && !(ts.isArrowFunction(node) && !ts.isBlock(node.body)))
      lengths.push(lineOf(node.end) - lineOf(node.getStart()) + 1)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return lengths
}

function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0
}

describe('the files of src', () => {
  const lines = FILES.map((file) => ({ file, count: readFileSync(join(SRC, file), 'utf8').split('\n').length - 1 }))

  it('have 75 lines at the median, and none has more than 250', () => {
    expect(lines.filter(({ count }) => count > 250)).toEqual([])
    expect(medianOf(lines.map(({ count }) => count))).toBeLessThanOrEqual(75)
  })

  it('have functions of 7 lines at the median', () => {
    expect(medianOf(FILES.flatMap(functionLengthsOf))).toBeLessThanOrEqual(7)
  })
})

describe('docs/errors.md', () => {
  it('has a heading for every code, and no other', () => {
    const families = FILES.filter((file) => roomOf(file) === 'errors')
    const source = families.map((file) => readFileSync(join(SRC, file), 'utf8')).join('\n')
    const codes = new Set([...source.matchAll(/readonly code = '(CIS2_[A-Z_]+)'/g)].map(([, code]) => code))
    const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
    const headings = new Set([...page.matchAll(/^#+ `?(CIS2_[A-Z_]+)`?$/gm)].map(([, code]) => code))
    expect(codes.size).toBeGreaterThan(10)
    expect([...headings].sort()).toEqual([...codes].sort())
  })
})

describe('docs/reference', () => {
  it('describes every option', () => {
    const written = ['cis2-options', 'session-options', 'api-platform-options', 'client-authentication-options']
    const source = written.map((file) => readIfThere(join(SRC, `options/${file}.ts`))).join('\n')
    const shapes = [...source.matchAll(/export interface \w+(?:Options|Key) \{([\s\S]*?)\n\}/g)]
    const names = shapes.flatMap(([, body = '']) =>
      [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name ?? ''),
    )
    const pages = ['options.md', 'routes.md'].map((page) => readIfThere(join(ROOT, 'docs/reference', page))).join('\n')
    expect(names.length).toBeGreaterThan(50)
    expect(names.filter((name) => !pages.includes(`### \`${name}\``))).toEqual([])
  })
})

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
