// npm run docs:site [-- --out FOLDER]: the documentation as pages for a browser, made from the Markdown files alone.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import mustache from 'mustache'

import { groupsOf, parentOf } from './navigation.mjs'
import { addressOf, escape, parsePage, renderPage } from './parse-page.mjs'

const ROOT = resolve(import.meta.dirname, '../../..')
const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'site') } } })
const out = resolve(values.out)

const files = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md')),
]
const pages = new Map(files.map((file) => [file, parsePage(file, readFileSync(join(ROOT, file), 'utf8'), files)]))
const groups = groupsOf(pages)
const template = readFileSync(join(import.meta.dirname, 'page.mustache'), 'utf8')

// Only our own folder is emptied: one named by mistake keeps its files.
if (values.out === join(ROOT, 'site')) rmSync(out, { recursive: true, force: true })
for (const page of pages.values()) {
  write(addressOf(page.file), {
    ...shared(page.file),
    title: titleOf(page),
    ...renderPage(page),
    ...(page.parts.length > 3 && { parts: { links: page.parts } }),
  })
}
write('search.html', { ...shared('search.html'), title: 'Search', search: true })
cpSync(join(ROOT, 'docs/images'), join(out, 'docs/images'), { recursive: true })
cpSync(join(ROOT, 'LICENSE'), join(out, 'LICENSE'))
for (const name of ['site.css', 'search.js']) cpSync(join(import.meta.dirname, name), join(out, 'assets', name))
cpSync(join(ROOT, 'node_modules/minisearch/dist/umd/index.js'), join(out, 'assets/minisearch.js'))
writeFileSync(join(out, 'assets/sections.js'), `window.sections = ${JSON.stringify(sections())}\n`)
console.log(`${pages.size} pages and a search: open ${join(out, 'index.html')}`)

function write(address, view) {
  mkdirSync(dirname(join(out, address)), { recursive: true })
  writeFileSync(join(out, address), mustache.render(template, view, {}, { escape }))
}

/** What every page has; its addresses are relative, so that the site works from any folder, and from a disk. */
function shared(file) {
  const to = (target) => posix.relative(posix.dirname(addressOf(file)), target)
  return {
    home: to('index.html'),
    index: to('docs/README.html'),
    searchPage: to('search.html'),
    assets: to('assets'),
    groups: groups.map(({ name, entries }, index) => ({
      ...{ name, id: `group-${index + 1}` },
      entries: entries.map((entry) => link(entry, file, to)),
    })),
  }
}

/** A line of the contents; a folder shows what is in it to whoever is there. */
function link({ page, within }, file, to) {
  const open = page.file === file || within.some((inner) => inner.file === file)
  return {
    ...{ title: page.title, address: to(addressOf(page.file)), here: page.file === file },
    within: open &&
      within.length > 0 && { entries: within.map((inner) => link({ page: inner, within: [] }, file, to)) },
  }
}

function titleOf(page) {
  const parent = pages.get(parentOf(page.file))
  return parent === undefined ? page.title : `${page.title} – ${parent.title}`
}

/** What the search knows: a text for each heading. As a script, since a browser fetches no file from a disk. */
function sections() {
  return [...pages.values()].flatMap((page) =>
    page.sections.map(({ heading, anchor, text }) => ({
      ...{ page: titleOf(page), heading, text },
      address: `${addressOf(page.file)}${anchor === '' ? '' : `#${anchor}`}`,
    })),
  )
}
