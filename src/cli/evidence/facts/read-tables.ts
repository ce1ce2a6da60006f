/** The tables of the documents that are the sources of the evidence: read, not copied. */

/** A row by its columns' headings. */
export type TableRow = Readonly<Record<string, string>>

/** The headings of a Markdown page, in order. */
export function headingsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.trim())
}

/** The rows of the first table below a heading of a Markdown page; none when there is no such heading or table. */
export function readTable(page: string, heading: string): TableRow[] {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '').trim() === heading)
  const rest = start === -1 ? [] : lines.slice(start + 1)
  const end = rest.findIndex((line) => line.startsWith('#'))
  const section = end === -1 ? rest : rest.slice(0, end)
  const first = section.findIndex((line) => line.startsWith('|'))
  const table = first === -1 ? [] : section.slice(first)
  const last = table.findIndex((line) => !line.startsWith('|'))
  const [head = '', , ...rows] = last === -1 ? table : table.slice(0, last)
  const names = cellsOf(head)
  return rows.map((row) => {
    const cells = cellsOf(row)
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']))
  })
}

function cellsOf(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.replaceAll('\\|', '|').trim())
}

/** Without the marks of Markdown: for a document that is no Markdown, or is one of its own. */
export function plainText(cell: string): string {
  return cell
    .replaceAll(/<br>/g, ' ')
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll('`', '')
    .replaceAll(/\*\*|(?<=\W|^)_|_(?=\W|$)/g, '')
}

/** `file`: "name" citations of the package's own tests. */
export function citedTests(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+\.ts)`: "([^"]+)"/g)].map(([, file = '', name = '']) => `${file}: ${name}`)
}
