/** Every block of code in the documents holds as it is printed: nothing is given to it that the page does not show. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

import { beforeAll, describe, expect, it } from '@jest/globals'
import { loadAll } from 'js-yaml'

import { type Complaint, complaintsAbout } from './compile.js'
import { PAGES, ROOT, blocksOf, read, type Block } from './pages.js'

const IN_GUIDES = /^docs\/(?:guides|porting)\//

/** Guides are run as their readers do, file by file, by `test/guides` and `test/long/guides`. */
const [guides, others] = [true, false].map((isGuide) =>
  PAGES.filter((page) => IN_GUIDES.test(page) === isGuide).flatMap(blocksOf),
) as [Block[], Block[]]

function inLanguage(...languages: string[]): Block[] {
  return others.filter(({ language }) => languages.includes(language))
}

/** Files that one page prints and others import. `through-proxy.mjs` alone is the reader's. */
function filesThatOthersImport(): Map<string, string> {
  function printed(page: string, start: string): string {
    const found = blocksOf(page).find(({ code }) => code.startsWith(start))
    if (found === undefined) throw new Error(`${page} has no block that starts with ${start}`)
    return found.code
  }
  return new Map([
    ['app.ts', printed('README.md', "import express from 'express'\nimport { cis2Auth")],
    ['options.mjs', printed('docs/command-line.md', '// options.mjs')],
    ['create-app.ts', printed('docs/testing.md', 'import express, { type Express')],
    ['through-proxy.mjs', 'export const throughProxy = globalThis.fetch'],
  ])
}

/** A module of its own, at the root; on the lines that it has in its page, so that complaints lead there. */
function asModule({ page, line, language, code }: Block): [name: string, text: string] {
  const extension = language === 'ts' ? 'ts' : code.includes('require(') ? 'cjs' : 'mjs'
  const end = extension === 'cjs' || /^(?:import|export)\b/m.test(code) ? '' : '\nexport {}'
  return [`${page.replaceAll('/', '+')}+${String(line)}.${extension}`, `${'\n'.repeat(line - 1)}${code}${end}`]
}

/** Guides' programs that do not compile here, each with the reason. */
const NOT_COMPILED = {
  "docs/guides/nextjs/server.mjs: Cannot find module 'next' or its corresponding type declarations.":
    'Next.js and its compiler are too large to install for every run: `test/long/guides.test.ts` installs them and signs in.',
}

/** What the compiler says of types that JavaScript has no way to write. Tests run these programs, where it would show. */
const OF_TYPES_ALONE: ReadonlySet<number> = new Set([
  // A text where one of a few texts is meant: `{ sameSite: 'lax' }` in a variable.
  2322, 2345, 2379, 2769,
  // What an application keeps in `req.session`.
  2339,
  // A value that may be missing.
  2531, 2532, 18048,
  // A parameter, a variable or a module without a type.
  7005, 7006, 7016, 7031, 7034,
])

const programs = guides.filter(({ language }) => ['js', 'jsx', 'ts'].includes(language))

/** The first line of a file that a guide prints. */
const FILE_NAME = /^\/\/ ([\w./-]+)\n/

/** A folder of its own for each page; what every guide begins with is in all of them. */
function inFolders({ page, line, code }: Block): [name: string, text: string][] {
  const [, name = ''] = FILE_NAME.exec(code) ?? []
  const pages = page === 'docs/guides/README.md' ? new Set(guides.map((block) => block.page)) : [page]
  return [...pages].map((each) => [join(each.replace(/\.md$/, ''), name), '\n'.repeat(line - 1) + code])
}

let complaints: Complaint[]
beforeAll(() => {
  const modules = [...inLanguage('ts', 'js').map(asModule), ...programs.flatMap(inFolders)]
  complaints = complaintsAbout(new Map([...filesThatOthersImport(), ...modules]))
}, 120_000)

describe('in the documents', () => {
  it('every block is in a language that is checked here, or run by a test of its own', () => {
    const here = ['ts', 'js', 'sh', 'json', 'yaml', 'ini', 'html', 'text']
    // Signatures of the reference, made from the source; diagrams.
    const shown = ['ts nocompile', 'mermaid']
    // Run by `npm run test:strangers`, and by the firewall of `npm run test:long`.
    const elsewhere = ['ruby', 'python', 'csharp', 'go', 'apache', 'nginx']
    const known = new Set([...here, ...shown, ...elsewhere])
    expect(others.filter(({ language }) => !known.has(language)).map(({ page, line }) => `${page}:${line}`)).toEqual([])
    expect(new Set(inLanguage('ts nocompile').map(({ page }) => page.split('/', 2).join('/')))).toEqual(
      new Set(['docs/reference']),
    )
  })

  it('TypeScript and JavaScript compile', () => {
    expect(inLanguage('ts', 'js').length).toBeGreaterThan(30)
    expect(complaints.filter(({ at }) => !IN_GUIDES.test(at))).toEqual([])
  })

  it('JSON, YAML and environment files can be read', () => {
    const parsers = { json: JSON.parse, yaml: (text: string) => loadAll(text), ini: parseEnv }
    for (const [language, parse] of Object.entries(parsers)) {
      for (const { page, line, code } of inLanguage(language)) {
        expect({ page, line, parsed: parsedBy(parse, code) }).toEqual({ page, line, parsed: true })
      }
    }
  })

  it('commands can be read by a shell', () => {
    for (const { page, line, code } of [...others, ...guides].filter(({ language }) => language === 'sh')) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: code, encoding: 'utf8' })
      expect({ page, line, status, stderr }).toEqual({ page, line, status: 0, stderr: '' })
    }
  })

  it('every tag of HTML is closed', () => {
    const args = [join(ROOT, 'node_modules/prettier/bin/prettier.cjs'), '--stdin-filepath', 'page.html']
    for (const { page, line, code } of [...others, ...guides].filter(({ language }) => language === 'html')) {
      const { status, stderr } = spawnSync(process.execPath, args, { input: code, encoding: 'utf8' })
      expect({ page, line, status, stderr }).toEqual({ page, line, status: 0, stderr: '' })
    }
  })

  it('commands exist: scripts of npm, and commands and flags of express-cis2', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
    const shell = [...others, ...guides].filter(({ language }) => language === 'sh')
    const lines = shell.flatMap(({ page, code }) =>
      code
        .replaceAll(/\\\n/g, ' ')
        .split('\n')
        .map((text) => ({ page, text: text.replace(/#.*$/, '') })),
    )
    const ran = lines.flatMap(({ page, text }) =>
      [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => ({ page, name })),
    )
    expect(ran.filter(({ name = '' }) => !(name in scripts))).toEqual([])
    const asked = lines.flatMap(({ page, text }) => {
      const [, command, flags] = /npx express-cis2 (\w+(?: new)?)?(.*)/.exec(text) ?? []
      return command === undefined
        ? []
        : [...(flags ?? '').matchAll(/ (--[\w-]+)/g)].map(([, flag]) => ({ page, command, flag }))
    })
    expect(asked.length).toBeGreaterThan(10)
    const documented = read('docs/command-line.md')
    expect(asked.filter(({ flag = '' }) => flag !== '--help' && !documented.includes(flag))).toEqual([])
  })
})

describe('in the guides, beside what their tests run', () => {
  it('every block is in a language that is checked here, or run by a test of its own', () => {
    const here = ['js', 'jsx', 'ts', 'yaml', 'html', 'sh']
    // By `test/long/guides.test.ts`.
    const elsewhere = ['nginx', 'apache']
    const known = new Set([...here, ...elsewhere])
    expect(guides.filter(({ language }) => !known.has(language)).map(({ page, line }) => `${page}:${line}`)).toEqual([])
  })

  it('every program is a file with a name, so that tests can run it', () => {
    expect(programs.length).toBeGreaterThan(25)
    expect(programs.filter(({ code }) => !FILE_NAME.test(code)).map(({ page, line }) => `${page}:${line}`)).toEqual([])
  })

  it('every program compiles: each import is there, and each name that it takes from there', () => {
    const found = complaints.filter(({ at }) => IN_GUIDES.test(at))
    const ofJavaScript = found.filter(({ at, code }) => /\.tsx?:/.test(at) || !OF_TYPES_ALONE.has(code))
    const exceptions = Object.keys(NOT_COMPILED)
    expect(ofJavaScript.map(({ at, text }) => `${at.replace(/:\d+$/, '')}: ${text}`)).toEqual(exceptions)
  })

  it('YAML can be read', () => {
    for (const { page, line, language, code } of guides) {
      if (language !== 'yaml') continue
      expect({ page, line, parsed: parsedBy((text) => loadAll(text), code) }).toEqual({ page, line, parsed: true })
    }
  })
})

function parsedBy(parse: (text: string) => unknown, text: string): unknown {
  try {
    parse(text)
    return true
  } catch (error) {
    return String(error)
  }
}
