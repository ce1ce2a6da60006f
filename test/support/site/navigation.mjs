// The contents of every page of the site: the index by question says which pages there are, and under what.
import { posix } from 'node:path'

/** The index of the folder that a page is in: guides, porting, reference. Undefined for the others. */
export function parentOf(file) {
  const [, folder] = /^docs\/([^/]+)\/(?!README\.md)/.exec(file) ?? []
  return folder === undefined ? undefined : `docs/${folder}/README.md`
}

/** The headings of docs/README.md, each with the pages below it. A page stands where it is named first. */
export function groupsOf(pages) {
  const seen = new Set(['README.md'])
  const groups = []
  for (const token of pages.get('docs/README.md').tokens) {
    if (token.heading?.level === 2) groups.push({ name: token.heading.text, entries: [] })
    for (const file of token.files ?? []) {
      if (seen.has(file) || groups.length === 0 || parentOf(file) !== undefined) continue
      seen.add(file)
      groups.at(-1).entries.push({ page: pages.get(file), within: within(pages, file) })
    }
  }
  return groups
}

function within(pages, index) {
  if (posix.basename(index) !== 'README.md') return []
  const named = new Set(pages.get(index).tokens.flatMap(({ files }) => files ?? []))
  return [...named].filter((file) => parentOf(file) === index).map((file) => pages.get(file))
}
