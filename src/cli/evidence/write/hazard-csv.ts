/** `hazard-log.csv`: with the columns of DCB0129, and those of judgement empty. */
import type { HazardRow } from '../report.js'

const COLUMNS = [
  ...['Hazard ID', 'Hazard name', 'Hazard description', 'Potential clinical impact', 'Possible causes'],
  ...['Initial severity', 'Initial likelihood', 'Initial risk rating'],
  ...['Existing controls', 'Additional controls: design', 'Additional controls: test', 'Additional controls: training'],
  ...['Evidence', 'Residual severity', 'Residual likelihood', 'Residual risk rating', 'Owner', 'Status'],
]

export function hazardCsv(rows: readonly HazardRow[]): string {
  const lines = rows.map(({ id, hazard, cause, effect, control, evidence }) => [
    ...[id, hazard, hazard, effect, cause],
    ...['', '', ''],
    ...[control, '', '', ''],
    ...[evidence, '', '', '', '', 'open'],
  ])
  return [COLUMNS, ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('')
}

/** RFC 4180. A cell that begins like a formula would be one in a spreadsheet. */
function quoted(cell: string): string {
  const safe = /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell
  return `"${safe.replaceAll('"', '""')}"`
}
