/** A test as a sequence diagram: an SVG that says in words what it shows. */
import Mustache from 'mustache'

import type { Lane, Message } from '../report.js'
import { escapeHtml } from './escape-html.js'

const LANES: Readonly<Record<Lane, { readonly x: number; readonly name: string }>> = {
  browser: { x: 90, name: 'Browser' },
  app: { x: 360, name: 'Application' },
  cis2: { x: 630, name: 'CIS2 (simulator)' },
}
const WIDTH = 720
const TOP = 44
const ROW = 34
/** What fits between two lanes. */
const LONGEST_LABEL = 40

const TEMPLATE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} {{height}}" role="img" aria-labelledby="{{id}}-title {{id}}-desc" font-family="Arial, sans-serif" font-size="13">
<title id="{{id}}-title">Sequence: {{name}}</title>
<desc id="{{id}}-desc">{{words}}</desc>
{{#lanes}}<text x="{{x}}" y="20" text-anchor="middle" font-weight="bold" fill="#212b32">{{name}}</text>
<line x1="{{x}}" y1="28" x2="{{x}}" y2="{{bottom}}" stroke="#aeb7bd" stroke-width="2"/>
{{/lanes}}{{#rows}}<text x="{{middle}}" y="{{textY}}" text-anchor="middle" fill="#212b32" paint-order="stroke" stroke="#fff" stroke-width="4">{{label}}</text>
<line x1="{{from}}" y1="{{y}}" x2="{{to}}" y2="{{y}}" stroke="#005eb8" stroke-width="2"{{#dash}} stroke-dasharray="6 4"{{/dash}}/>
<path d="M{{to}} {{y}} l{{back}} -5 v10 z" fill="#005eb8"/>
{{/rows}}</svg>`

/** @param id - Unique in the document. */
export function sequenceSvg(name: string, messages: readonly Message[], id: string): string {
  const rows = messages.map(({ from, to, label }, index) => {
    const [start, end] = [LANES[from].x, LANES[to].x]
    const y = TOP + (index + 1) * ROW - 10
    const back = end > start ? -9 : 9
    // Answers begin with their status.
    const dash = /^\d{3}/.test(label)
    return { label: shortened(label), from: start, to: end, middle: (start + end) / 2, y, textY: y - 6, back, dash }
  })
  const bottom = TOP + messages.length * ROW + 4
  const words = messages.map(({ from, to, label }) => `${LANES[from].name} to ${LANES[to].name}: ${label}`).join('; ')
  const lanes = Object.values(LANES).map((lane) => ({ ...lane, bottom }))
  return Mustache.render(TEMPLATE, { id, name, words, height: bottom + 8, lanes, rows }, {}, { escape: escapeHtml })
}

function shortened(label: string): string {
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label
}
