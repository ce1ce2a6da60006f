/** One sequence as an SVG file: for a report, a ticket, a meeting. */
import Mustache from 'mustache'

import type { Participant } from '../request-log.js'
import type { Sequence } from '../sequence.js'
import { shownTime } from './shown-time.js'

const LANES: Readonly<Record<Participant, { readonly x: number; readonly name: string }>> = {
  browser: { x: 120, name: 'Browser' },
  app: { x: 450, name: 'App' },
  cis2: { x: 780, name: 'CIS2' },
}
const WIDTH = 900
const TOP = 110
const ROW = 34
const NOTE = 20

const TEMPLATE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} {{height}}" width="${WIDTH}" height="{{height}}" font-family="Arial, sans-serif" font-size="14" role="img" aria-labelledby="title">
<title id="title">{{title}}, {{at}}</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="20" y="30" font-size="18" font-weight="bold" fill="#212b32">{{title}}</text>
<text x="20" y="52" fill="#4c6272">{{at}}</text>
{{#lanes}}<text x="{{x}}" y="84" text-anchor="middle" font-weight="bold" fill="#212b32">{{name}}</text>
<line x1="{{x}}" y1="92" x2="{{x}}" y2="{{bottom}}" stroke="#aeb7bd" stroke-width="2"/>
{{/lanes}}
{{#rows}}<text x="{{middle}}" y="{{textY}}" text-anchor="middle" fill="#212b32" paint-order="stroke" stroke="#fff" stroke-width="4">{{label}}</text>
<line x1="{{from}}" y1="{{y}}" x2="{{to}}" y2="{{y}}" stroke="{{colour}}" stroke-width="2"{{#dash}} stroke-dasharray="{{dash}}"{{/dash}}/>
<path d="M{{to}} {{y}} l{{back}} -5 v10 z" fill="{{colour}}"/>
{{#notes}}<text x="{{middle}}" y="{{noteY}}" text-anchor="middle" fill="#a71d12" font-weight="bold" paint-order="stroke" stroke="#fff" stroke-width="4">{{note}}</text>
{{/notes}}{{/rows}}
</svg>
`

const DASHES = { request: '', answer: '6 4', inferred: '2 4' } as const

/** A note may be longer than the drawing is wide. */
function inLines(note: string): string[] {
  return note.match(/.{1,100}(?:\s|$)|.{1,100}/g) ?? []
}

/** The whole file. */
export function diagramOf({ title, at, messages }: Sequence): string {
  let y = TOP
  const rows = messages.map(({ from, to, label, kind, refusal, faults }) => {
    y += ROW
    const [start, end] = [LANES[from].x, LANES[to].x]
    const middle = (start + end) / 2
    const said = [...(refusal === undefined ? [] : [`Why: ${refusal}`]), ...faults.map((fault) => `fault ${fault}`)]
    const lineY = y
    const notes = said.flatMap(inLines).map((note) => ({ note, noteY: (y += NOTE) - 4 }))
    const colour = said.length > 0 ? '#d5281b' : kind === 'request' ? '#005eb8' : '#4c6272'
    const back = end > start ? -9 : 9
    // Notes may be wider than their arrow: they stand in the middle of the whole.
    const placed = notes.map((note) => ({ ...note, middle: WIDTH / 2 }))
    return {
      label,
      middle,
      from: start,
      to: end,
      y: lineY,
      textY: lineY - 6,
      dash: DASHES[kind],
      colour,
      back,
      notes: placed,
    }
  })
  const bottom = y + NOTE
  return Mustache.render(TEMPLATE, {
    title,
    at: shownTime(at),
    height: bottom + NOTE,
    lanes: Object.values(LANES).map((lane) => ({ ...lane, bottom })),
    rows,
  })
}
