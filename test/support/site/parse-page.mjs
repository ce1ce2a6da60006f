// One Markdown file as a page of the site: headings that can be linked, links between pages, blocks that can be scrolled.
import { posix } from 'node:path'

import GitHubSlugger from 'github-slugger'
import MarkdownIt from 'markdown-it'

import { drawDiagram } from './draw-diagram.mjs'

/** `<br>` within a table is all that the documents use. Comments are for writers; other tags are shown, not obeyed. */
const html = (content) => (/^<br ?\/?>$/.test(content) ? content : /^\s*<!--/.test(content) ? '' : escape(content))

const markdown = new MarkdownIt({ html: true, linkify: false })
export const { escapeHtml: escape } = markdown.utils
const { rules } = markdown.renderer

rules.html_inline = (tokens, index) => html(tokens[index].content)
rules.html_block = rules.html_inline

// Named and focusable, so that a keyboard scrolls them and a screen reader says what they are.
const block = ({ content, info }) => {
  const language = info.trim() === '' ? 'Text' : `Code, ${escape(info.trim())}`
  return `<pre tabindex="0" role="group" aria-label="${language}"><code>${escape(content)}</code></pre>\n`
}
rules.code_block = (tokens, index) => block(tokens[index])
rules.fence = (tokens, index, _options, { heading }) => {
  const token = tokens[index]
  if (token.info.trim() !== 'mermaid') return block(token)
  return drawDiagram(token.content, { id: `diagram-${index}`, name: `Diagram: ${escape(heading)}`, text: block(token) })
}
rules.table_open = (_tokens, _index, _options, { heading }) =>
  `<div class="table" tabindex="0" role="group" aria-label="Table: ${escape(heading)}"><table>`
rules.table_close = () => '</table></div>\n'
rules.th_open = () => '<th scope="col">'

rules.heading_open = (tokens, index, _options, env) => {
  const { heading, tag } = tokens[index]
  env.heading = heading.text
  return `<${tag} id="${heading.anchor}">${heading.plain ? '' : `<a class="anchor" href="#${heading.anchor}">`}`
}
rules.heading_close = (tokens, index) => `${tokens[index].plain ? '' : '</a>'}</${tokens[index].tag}>\n`

/** Where a Markdown file is on the site. */
export function addressOf(file) {
  return file === 'README.md' ? 'index.html' : file.replace(/\.md$/, '.html')
}

/** Reads a file: its tokens, its title, its parts (headings of level 2), and its sections for the search. */
export function parsePage(file, text, files) {
  const tokens = markdown.parse(text, {})
  const slugger = new GitHubSlugger()
  const sections = []
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const inline = tokens[index + 1]
      const heading = { text: wordsOf(inline), level: Number(token.tag.slice(1)) }
      heading.anchor = slugger.slug(heading.text)
      // A link within a link there is not, and the page's own heading is where the page is.
      heading.plain = heading.level === 1 || inline.children.some(({ type }) => type === 'link_open')
      token.heading = heading
      tokens[index + 2].plain = heading.plain
      sections.push({ heading: heading.text, anchor: heading.level === 1 ? '' : heading.anchor, text: '' })
    } else if (token.type === 'inline' && tokens[index - 1].type !== 'heading_open') {
      add(sections, wordsOf(token))
    } else if (token.type === 'fence') add(sections, token.content)
    if (token.type === 'inline') token.files = linkPages(token, file, files)
  }
  const headings = tokens.flatMap(({ heading }) => heading ?? [])
  return {
    ...{ file, tokens, sections },
    title: headings[0].text,
    parts: headings.filter(({ level }) => level === 2),
  }
}

/** The page's heading, and what stands below it. */
export function renderPage({ tokens, title }) {
  const html = markdown.renderer.render(tokens, markdown.options, { heading: title })
  const end = html.indexOf('</h1>') + '</h1>'.length
  return { top: html.slice(0, end), content: html.slice(end) }
}

function add(sections, text) {
  const last = sections.at(-1)
  if (last !== undefined) last.text = `${last.text} ${text}`.trim().replaceAll(/\s+/g, ' ')
}

function wordsOf({ children }) {
  return children.map(({ type, content }) => (['softbreak', 'html_inline'].includes(type) ? ' ' : content)).join('')
}

/**
 * Turns links to Markdown files into links to pages, and names of such files into links: the package's own documents
 * only name what is not in the package. Returns the files that are linked.
 */
function linkPages(inline, file, files) {
  const found = []
  let inLink = false
  for (const token of inline.children) {
    if (token.type === 'link_open') {
      inLink = true
      const [path = '', anchor] = token.attrGet('href').split('#', 2)
      const target = posix.join(posix.dirname(file), path)
      if (path === '' || !files.includes(target)) continue
      token.attrSet('href', `${between(file, target)}${anchor === undefined ? '' : `#${anchor}`}`)
      found.push(target)
    } else if (token.type === 'link_close') inLink = false
    else if (token.type === 'code_inline' && !inLink) {
      const target = [token.content, `${token.content}/README.md`].find((name) => files.includes(name))
      if (target === undefined || target === file) continue
      token.meta = { address: between(file, target) }
      found.push(target)
    }
  }
  return found
}

rules.code_inline = (tokens, index) => {
  const { content, meta } = tokens[index]
  const code = `<code>${escape(content)}</code>`
  return meta === null ? code : `<a href="${meta.address}">${code}</a>`
}

function between(from, to) {
  return posix.relative(posix.dirname(addressOf(from)), addressOf(to))
}
