/** `evidence.md`: the same rows as the HTML, for a repository or a ticket. */
import type { EvidenceReport } from '../report.js'
import type { Block } from './blocks.js'
import { partsOf, TITLE } from './document.js'
import { summaryOf } from './html.js'

export function renderMarkdown(report: EvidenceReport): string {
  const { about } = report
  const head = [
    `# ${TITLE}`,
    `${about.baseUrl}, with CIS2 at ${about.issuer}`,
    `Made ${about.date} by express-cis2 ${about.version}, Node.js ${about.node}. SHA-256 of what was found, without dates and times: \`${about.hash}\``,
    `${summaryOf(report)} This is no certificate: NHS England assures your application. It is what was seen of it on one day.`,
  ]
  const parts = partsOf(report).flatMap(({ title, blocks }) => [`## ${title}`, ...blocks.map(renderBlock)])
  return `${[...head, ...parts].join('\n\n')}\n`
}

export function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return escaped(block.text)
    case 'heading':
      return `### ${escaped(block.text)}`
    case 'picture':
      return `_${escaped(block.name)}:_ ${escaped(block.words)}`
    case 'table': {
      const line = (cells: readonly string[]) => `| ${cells.map(inCell).join(' | ')} |`
      const rows = block.rows.map((row) => line(row.map(({ text }) => text)))
      return [line(block.columns), `|${' --- |'.repeat(block.columns.length)}`, ...rows].join('\n')
    }
  }
}

/** Texts of the application may hold what Markdown takes for marks, or HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>]/g, '\\$&')
}

function inCell(text: string): string {
  return escaped(text.replaceAll(/\s*\n\s*/g, ' ')).replaceAll('|', '\\|')
}
