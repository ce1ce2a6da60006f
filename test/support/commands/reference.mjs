// The pages of docs/reference, made from the doc comments of what the package exports. Syntax alone is read: no types are resolved.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import ts from 'typescript'

const ROOT = resolve(import.meta.dirname, '../../..')

/** What each page holds, in order. `*`: whatever else its entry point exports. */
export const PAGES = {
  'options.md': {
    title: 'Options',
    intro: '`cis2Auth(options)` takes these and nothing else.',
    entry: 'index',
    names: [
      ...['cis2Auth', 'Cis2Options', 'SessionOptions', 'ClientAuthenticationOptions', 'SigningKey', 'LocalSigningKey'],
      ...[
        'RemoteSigningKey',
        'AssertionAlgorithm',
        'NhsApiOptions',
        'ApiPlatformEnvironment',
        'SignInHook',
        'SignInContext',
        'Cis2Auth',
        'Authenticate',
        'Cis2Connection',
        'Authenticate',
        'Cis2Connection',
        'Cis2Health',
        'PartHealth',
      ],
      ...['AssuranceLevel', 'IdentityAssuranceLevel'],
    ],
  },
  'routes.md': {
    title: 'Routes',
    intro: 'The routes that `cis2Auth` answers, each an option of `routes`.',
    entry: 'index',
    names: ['RouteOptions'],
  },
  'guard.md': {
    title: 'The guard',
    intro: '`requireCis2(requirement)` lets a request through only when its user meets the requirement.',
    entry: 'index',
    names: ['requireCis2', 'Requirement', 'RequirementAlternative', 'cis2UserOf'],
  },
  'user.md': {
    title: 'The user',
    intro: '`req.cis2User`: who is signed in, from the validated ID token and UserInfo.',
    entry: 'index',
    names: ['Cis2User', 'Cis2Role', 'CodedName', 'Workgroup', 'ProfessionalIds', 'Authenticator'],
  },
  'req-cis2.md': {
    title: 'req.cis2',
    intro: '`req.cis2`: what a handler can do with the sign-in at hand.',
    entry: 'index',
    names: ['Cis2Request', 'Cis2SessionTimes', 'Cis2SessionInfo', 'Cis2Tokens'],
  },
  'events.md': {
    title: 'Events',
    intro: 'What the option `onEvent` is told.',
    entry: 'index',
    names: ['Cis2Event', 'Cis2EventType'],
  },
  'errors.md': {
    title: 'Errors',
    intro: 'What is thrown, or handed to `next()`. Cause and cure of each code: [docs/errors.md](../errors.md).',
    entry: 'index',
    names: ['*'],
  },
  'simulator.md': {
    title: 'The simulator',
    intro: "`import { startSimulator } from 'express-cis2/simulator'`. In words: [docs/simulator.md](../simulator.md).",
    entry: 'simulator/index',
    names: ['startSimulator', 'SimulatorOptions', 'Simulator', 'SimulatorClient', 'SimulatorUser', '*'],
  },
  'testing.md': {
    title: 'The test kit',
    intro: "`import { startTestCis2 } from 'express-cis2/testing'`. In words: [docs/testing.md](../testing.md).",
    entry: 'testing/index',
    names: [
      'startTestCis2',
      'TestCis2',
      'TestCis2Settings',
      'fakeCis2Auth',
      'FakeOptions',
      'aUser',
      'UserDetails',
      '*',
    ],
  },
}

/** Every declaration that an entry point exports, by its public name, in the order of the file. */
export function exportsOf(entry) {
  const found = new Map()
  collect(join(ROOT, 'src', `${entry}.ts`), found)
  return found
}

function collect(file, found) {
  for (const statement of sourceOf(file).statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) continue
    const from = resolve(dirname(file), statement.moduleSpecifier.text.replace(/\.js$/, '.ts'))
    for (const { name, propertyName } of statement.exportClause.elements) {
      found.set(name.text, declarationOf(from, (propertyName ?? name).text))
    }
  }
}

const sources = new Map()

function sourceOf(file) {
  if (!sources.has(file)) {
    sources.set(file, ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true))
  }
  return sources.get(file)
}

function declarationOf(file, name) {
  for (const statement of sourceOf(file).statements) {
    if (ts.isVariableStatement(statement)) {
      const declared = statement.declarationList.declarations.find((one) => one.name.getText() === name)
      if (declared !== undefined) return declared
    }
    if (statement.name?.getText() === name && isExported(statement)) return statement
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
      const element = statement.exportClause?.elements?.find((one) => one.name.text === name)
      if (element === undefined) continue
      const from = resolve(dirname(file), statement.moduleSpecifier.text.replace(/\.js$/, '.ts'))
      return declarationOf(from, (element.propertyName ?? element.name).text)
    }
  }
  throw new Error(`${name} is not declared in ${file}`)
}

function isExported(statement) {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
}

/** The doc comment of a declaration: its text, and its tags. */
export function docOf(node) {
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node
  const [doc] = ts.getJSDocCommentsAndTags(holder).filter(ts.isJSDoc)
  const tags = (doc?.tags ?? []).map((tag) => ({
    tag: tag.tagName.text,
    name: ts.isJSDocParameterTag(tag) ? tag.name.getText() : undefined,
    text: asMarkdown(textOf(tag, doc)),
  }))
  return { text: asMarkdown(ts.getTextOfJSDocComment(doc?.comment) ?? ''), tags }
}

/** TypeScript takes the `[` of a link for the name of a tag without one. */
function textOf(tag, doc) {
  if (tag.tagName.text !== 'see') return ts.getTextOfJSDocComment(tag.comment) ?? ''
  const source = doc.getSourceFile().text.slice(tag.pos, tag.end)
  return source
    .replace(/^@see\s*/, '')
    .replace(/\s*\n\s*\*\s*/g, ' ')
    .replace(/\s*\*\/?\s*$/, '')
    .trim()
}

function asMarkdown(text) {
  return text.replace(/\{@link\s+([\w.]+)(?:\s*\|?\s*([^}]*))?\}/g, (_, name, label) => `\`${label || name}\``).trim()
}

/** The public members of an interface or class, those that it takes from another of our interfaces included. */
export function membersOf(node) {
  if (ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)) return [...node.type.members]
  if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return []
  return node.members.filter(
    (member) => member.name !== undefined && !ts.isConstructorDeclaration(member) && !isHidden(member),
  )
}

function isHidden(member) {
  const hiding = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword]
  return ts.isPrivateIdentifier(member.name) || member.modifiers?.some(({ kind }) => hiding.includes(kind)) === true
}

/** The text of every page, by its name. */
export function buildReference() {
  const written = new Set()
  for (const { names } of Object.values(PAGES)) for (const name of names) if (name !== '*') written.add(name)
  const pages = Object.entries(PAGES).map(([file, page]) => [file, buildPage(page, written)])
  return new Map([...pages, ['README.md', buildIndex()]])
}

function buildPage({ title, intro, entry, names }, written) {
  const all = exportsOf(entry)
  const listed = names.flatMap((name) =>
    name === '*' ? [...all.keys()].filter((other) => !written.has(other)) : [name],
  )
  const parts = listed.map((name) => {
    const declaration = all.get(name) ?? findBeside(all, name)
    if (declaration === undefined) throw new Error(`${entry} exports no ${name}`)
    return describe(name, declaration)
  })
  return `${[HEAD, `# ${title}`, intro, ...parts].join('\n\n')}\n`
}

const HEAD = '<!-- Made from the doc comments in src by `npm run reference`. Change those, not this. -->'

/** A type that is not exported by itself but stands beside one that is, such as the parent of an interface. */
function findBeside(all, name) {
  for (const declaration of all.values()) {
    const beside = declaration.getSourceFile().statements.find((one) => one.name?.getText() === name)
    if (beside !== undefined) return beside
  }
  return undefined
}

function buildIndex() {
  const list = Object.entries(PAGES).map(([file, { title }]) => `- [${title}](${file})`)
  return `${[HEAD, '# Reference', 'Every public name, from its doc comment in the source.', list.join('\n')].join('\n\n')}\n`
}

function describe(name, node) {
  const { text, tags } = docOf(node)
  const members = membersOf(node)
  return [
    `## \`${name}\``,
    ...heritage(node),
    text,
    ...signature(node, members),
    ...about(tags),
    ...members.map(describeMember),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function heritage(node) {
  const types = node.heritageClauses?.flatMap((clause) => clause.types.map((type) => `\`${flat(type)}\``)) ?? []
  return types.length === 0 ? [] : [`Extends ${types.join(' and ')}.`]
}

/** What cannot be told member by member: a function's head, an alias, a constant. */
function signature(node, members) {
  if (ts.isFunctionDeclaration(node)) {
    const head = node.getText().slice(0, (node.body?.getStart() ?? node.end) - node.getStart())
    return [fenced(head.replace(/^export (async )?/, '').trim())]
  }
  if (ts.isTypeAliasDeclaration(node) && members.length === 0) return [fenced(node.getText().replace(/^export /, ''))]
  if (ts.isVariableDeclaration(node) && node.type !== undefined)
    return [fenced(`const ${node.name.getText()}: ${flat(node.type)}`)]
  return []
}

function fenced(code) {
  return `\`\`\`ts nocompile\n${code}\n\`\`\``
}

function about(tags) {
  const of = (tag) => tags.filter((one) => one.tag === tag)
  return [
    ...of('param').map(({ name, text }) => `\`${name}\`: ${text.replace(/^-\s*/, '')}`),
    ...of('example').map(({ text }) =>
      text.replace(/^```ts\n([\s\S]*)\n```$/, (_, code) => `\`\`\`ts\n${withImports(code)}\n\`\`\``),
    ),
    of('see')
      .map(({ text }) => `See ${text}.`)
      .join(' '),
  ]
}

/** What an example may use without an import of its own in the doc comment; the page prints the import. */
const ELSEWHERE = {
  createServer: "import { createServer } from 'node:http'",
  express: "import express from 'express'",
  ErrorRequestHandler: "import type { ErrorRequestHandler } from 'express'",
  request: "import request from 'supertest'",
  WebSocketServer: "import { WebSocketServer } from 'ws'",
}
const ENTRIES = {
  index: 'express-cis2',
  'simulator/index': 'express-cis2/simulator',
  'testing/index': 'express-cis2/testing',
}

/** An example as the page prints it: with the imports that make it a module which compiles. */
function withImports(code) {
  const used = wordsOf(code)
  const declared = declaredIn(code)
  const needs = (name) => used.has(name) && !declared.has(name)
  const ofPackages = Object.entries(ELSEWHERE).flatMap(([name, line]) => (needs(name) ? [line] : []))
  const ofOurs = Object.entries(ENTRIES).flatMap(([entry, module]) => {
    const names = [...exportsOf(entry)].filter(([name]) => needs(name)).map(asImported)
    return names.length === 0 ? [] : [`import { ${names.join(', ')} } from '${module}'`]
  })
  const ofApp = ['app', 'auth'].filter(needs)
  const groups = [
    [...ofPackages, ...ofOurs].sort((one, other) => (moduleOf(one) < moduleOf(other) ? -1 : 1)),
    ofApp.length === 0 ? [] : [`import { ${ofApp.join(', ')} } from './app.js'`],
  ]
  return [...groups.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')), code].join('\n\n')
}

function asImported([name, declaration]) {
  return ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration) ? `type ${name}` : name
}

function moduleOf(line) {
  return line.slice(line.indexOf("'"))
}

/** Words that stand by themselves: no members, keys or text. */
function wordsOf(code) {
  const words = new Set()
  visit(ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true))
  return words
  function visit(node) {
    const { parent } = node
    const isMember = parent !== undefined && ts.isPropertyAccessExpression(parent) && parent.name === node
    const isKey = parent !== undefined && ts.isPropertyAssignment(parent) && parent.name === node
    if (ts.isIdentifier(node) && !isMember && !isKey) words.add(node.text)
    ts.forEachChild(node, visit)
  }
}

function declaredIn(code) {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const lists = source.statements.filter(ts.isVariableStatement).flatMap((one) => [...one.declarationList.declarations])
  return new Set(lists.map(({ name }) => name.getText()))
}

function describeMember(member) {
  const { text, tags } = docOf(member)
  return [`### \`${member.name.getText()}\``, kindOf(member), text, ...about(tags)]
    .filter((part) => part !== '')
    .join('\n\n')
}

function kindOf(member) {
  if (ts.isMethodSignature(member) || ts.isMethodDeclaration(member)) {
    const head = member.body === undefined ? flat(member) : flat(member).slice(0, flat(member).indexOf('{')).trim()
    return `\`${head}\``
  }
  const optional = member.questionToken === undefined ? '' : ', optional'
  const type = member.type === undefined ? (member.initializer?.getText() ?? '') : flat(member.type)
  return type === '' ? '' : `\`${type}\`${optional}`
}

function flat(node) {
  return node
    .getText()
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Public names that say nothing to whoever reads them in an editor: no sentence, or only a default; functions without an example. */
export function silentNames() {
  return Object.values(PAGES).flatMap(({ entry, names }) => {
    const all = exportsOf(entry)
    const listed = names.includes('*') ? [...all.keys()] : names
    return listed.flatMap((name) => {
      const declaration = all.get(name) ?? findBeside(all, name)
      return declaration === undefined ? [`${name}: not exported by ${entry}`] : silentIn(name, declaration)
    })
  })
}

function silentIn(name, node) {
  const { text, tags } = docOf(node)
  const needsExample = ts.isFunctionDeclaration(node) && !tags.some(({ tag }) => tag === 'example')
  return [
    ...(saysSomething(text) ? [] : [`${name}: no sentence`]),
    ...(needsExample ? [`${name}: no example`] : []),
    ...membersOf(node)
      .filter((member) => !isFixed(member) && !saysSomething(docOf(member).text))
      .map((member) => `${name}.${member.name.getText()}: no sentence`),
  ]
}

/** A member that its parent documents, and that has one value here: `code` and `status` of an error. */
function isFixed(member) {
  return (
    ts.isPropertyDeclaration(member) &&
    member.initializer !== undefined &&
    ['code', 'status'].includes(member.name.getText())
  )
}

function saysSomething(text) {
  const withoutDefault = text.replace(/\bDefaults?\b[^.]*\.(\s|$)/g, '')
  return withoutDefault.trim().split(/\s+/).length >= 2
}
