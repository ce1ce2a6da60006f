/** `evidence.html`: one file that loads nothing, for a screen and for paper. */
import Mustache from 'mustache'

import type { EvidenceReport } from '../report.js'
import type { Block } from './blocks.js'
import { type Part, partsOf, TITLE } from './document.js'
import { escapeHtml } from './escape-html.js'
import { STYLE } from './style.js'

// Where rows become blocks on a narrow screen, browsers forget that it is a table: its roles are written out.
const TABLE = `<table role="table">
<caption>{{caption}}</caption>
<thead role="rowgroup"><tr role="row">{{#columns}}<th scope="col" role="columnheader">{{.}}</th>{{/columns}}</tr></thead>
<tbody role="rowgroup">
{{#rows}}<tr role="row"><th scope="row" role="rowheader">{{head}}</th>{{#cells}}<td role="cell" data-label="{{label}}"{{#short}} class="short"{{/short}}>{{#state}}<span class="state {{state}}">{{text}}</span>{{/state}}{{^state}}{{text}}{{/state}}</td>{{/cells}}</tr>
{{/rows}}</tbody>
</table>
`

const LAYOUT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{title}}: {{about.baseUrl}}</title>
<style>${STYLE}</style>
</head>
<body>
<header><div>
<a class="skip" href="#main">Skip to the evidence</a>
<h1>{{title}}</h1>
<p>{{about.baseUrl}}, with CIS2 at {{about.issuer}}</p>
<p>Made {{about.date}} by express-cis2 {{about.version}}, Node.js {{about.node}}</p>
<p>SHA-256 of what was found, without dates and times: {{about.hash}}</p>
</div></header>
<nav aria-label="Parts">
<ol>{{#parts}}<li><a href="#{{anchor}}">{{title}}</a></li>{{/parts}}</ol>
</nav>
<main id="main">
<p>{{about.summary}} This is no certificate: NHS England assures your application. It is what was seen of it on one day.</p>
{{#parts}}<section aria-labelledby="{{anchor}}">
<h2 id="{{anchor}}">{{title}}</h2>
{{#blocks}}{{#paragraph}}<p>{{text}}</p>
{{/paragraph}}{{#heading}}<h3 id="{{anchor}}">{{text}}</h3>
{{/heading}}{{#table}}${TABLE}{{/table}}{{#picture}}<div class="picture" tabindex="0" role="region" aria-label="Picture: {{name}}">{{{svg}}}</div>
{{/picture}}{{/blocks}}</section>
{{/parts}}</main>
<footer>Evidence of {{about.date}}. Proof: run now, configuration, doctor (asked by this command), package test (a test of express-cis2), declare yourself (yours).</footer>
</body>
</html>
`

export function renderHtml(report: EvidenceReport): string {
  const view = {
    title: TITLE,
    about: { ...report.about, summary: summaryOf(report) },
    parts: partsOf(report).map(viewOfPart),
  }
  return Mustache.render(LAYOUT, view, {}, { escape: escapeHtml })
}

/** In one sentence, for whoever reads no further. */
export function summaryOf({ requirements, tests }: EvidenceReport): string {
  const of = (met: boolean | null) => requirements.filter((row) => row.met === met).length
  const passed = tests.filter((row) => row.passed === true).length
  return `Publicly known requirements met: ${of(true)}, not met: ${of(false)}, not shown here: ${of(null)}. Negative tests passed: ${passed} of ${tests.length}.`
}

function viewOfPart({ anchor, title, blocks }: Part): object {
  return { anchor, title, blocks: blocks.map(viewOfBlock) }
}

/** Each block under the name of its kind, which is how Mustache chooses. */
function viewOfBlock(block: Block): object {
  if (block.kind !== 'table') return { [block.kind]: block }
  const { caption, columns, rows } = block
  return {
    table: {
      caption,
      columns: columns.map((column) => (column === '' ? 'Fact' : column)),
      rows: rows.map(([head, ...cells]) => ({
        head: head?.text ?? '',
        cells: cells.map((cell, index) => ({
          ...cell,
          label: columns.length > 2 ? columns[index + 1] : '',
          short: isShort(columns[index + 1]),
        })),
      })),
    },
  }
}

/** Columns of a few words, which longer neighbours would squeeze. */
function isShort(column = ''): boolean {
  return ['Proof', 'Met', 'Result', 'Outcome', 'Whose', 'Version'].includes(column)
}
