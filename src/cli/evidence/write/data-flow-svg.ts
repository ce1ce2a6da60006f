/** Where people's data flow: an SVG that says in words what it shows. */
import Mustache from 'mustache'

import type { EvidenceReport } from '../report.js'
import { escapeHtml } from './escape-html.js'

interface Place {
  readonly name: string
  readonly detail: string
  readonly x: number
  readonly y: number
}

interface Flow {
  readonly from: string
  readonly to: string
  readonly label: string
  /** The line; what goes one way only has one arrow. */
  readonly path: string
  readonly oneWay?: true
  /** Middle of the label. */
  readonly x: number
  readonly y: number
}

const BOX = { width: 160, height: 60 }

const TEMPLATE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 360" role="img" aria-labelledby="flow-title flow-desc" font-family="Arial, sans-serif" font-size="13">
<title id="flow-title">Data flow</title>
<desc id="flow-desc">{{words}}</desc>
<defs><marker id="flow-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="#005eb8"/></marker></defs>
{{#flows}}<path d="{{path}}" fill="none" stroke="#005eb8" stroke-width="2"{{^oneWay}} marker-start="url(#flow-arrow)"{{/oneWay}} marker-end="url(#flow-arrow)"/>
<text x="{{x}}" y="{{y}}" text-anchor="middle" fill="#212b32" font-size="11" paint-order="stroke" stroke="#fff" stroke-width="5">{{label}}</text>
{{/flows}}{{#places}}<rect x="{{x}}" y="{{y}}" width="${BOX.width}" height="${BOX.height}" rx="4" fill="#f0f4f5" stroke="#212b32"/>
<text x="{{middle}}" y="{{nameY}}" text-anchor="middle" font-weight="bold" fill="#212b32">{{name}}</text>
<text x="{{middle}}" y="{{detailY}}" text-anchor="middle" fill="#212b32" font-size="11">{{detail}}</text>
{{/places}}</svg>`

export function dataFlowSvg(report: EvidenceReport): { svg: string; words: string } {
  const flows = flowsOf(report)
  const words = flows
    .map(({ from, to, label, oneWay }) => `${from} ${oneWay === true ? 'to' : 'and'} ${to}: ${label}`)
    .join('. ')
  const places = placesOf(report).map((place) => ({
    ...place,
    middle: place.x + BOX.width / 2,
    nameY: place.y + 26,
    detailY: place.y + 44,
  }))
  return { svg: Mustache.render(TEMPLATE, { words, places, flows }, {}, { escape: escapeHtml }), words }
}

function valueOf({ configuration }: EvidenceReport, option: string): string {
  return configuration.find((row) => row.option === option)?.value ?? ''
}

function placesOf(report: EvidenceReport): Place[] {
  const isMemory = valueOf(report, 'session.redis') === 'memory'
  const isTold = valueOf(report, 'onEvent') !== 'none'
  return [
    { name: 'Browser', detail: 'a cookie, nothing else', x: 10, y: 70 },
    { name: 'Application', detail: 'express-cis2 in Express', x: 300, y: 70 },
    { name: 'CIS2', detail: 'NHS England', x: 590, y: 70 },
    { name: 'Session store', detail: isMemory ? 'in memory' : 'Redis: sealed records', x: 300, y: 280 },
    { name: 'Audit log', detail: isTold ? 'yours, by onEvent' : 'none: onEvent is not set', x: 10, y: 280 },
    ...(hasApi(report) ? [{ name: 'NHS APIs', detail: 'NHS API platform', x: 590, y: 280 }] : []),
  ]
}

function hasApi(report: EvidenceReport): boolean {
  return valueOf(report, 'nhsApi') !== 'none'
}

function flowsOf(report: EvidenceReport): Flow[] {
  const audit: Flow = {
    ...{ from: 'Application', to: 'Audit log', label: 'outcomes, with user and role', oneWay: true },
    ...{ path: 'M330 132 L120 278', x: 200, y: 210 },
  }
  const api: Flow = {
    ...{ from: 'Application', to: 'NHS APIs', label: 'https: token exchange, calls' },
    ...{ path: 'M430 132 L640 278', x: 560, y: 210 },
  }
  return [
    {
      ...{ from: 'Browser', to: 'CIS2', label: 'https: the sign-in; its code, back through the browser' },
      ...{ path: 'M90 68 V30 H670 V68', x: 380, y: 22 },
    },
    { from: 'Browser', to: 'Application', label: 'https: pages', path: 'M172 100 H298', x: 235, y: 92 },
    { from: 'Application', to: 'CIS2', label: 'https: tokens, logout', path: 'M462 100 H588', x: 525, y: 92 },
    {
      ...{ from: 'Application', to: 'Session store', label: 'sealed sessions; ids as hashes' },
      ...{ path: 'M380 132 V278', x: 380, y: 240 },
    },
    audit,
    ...(hasApi(report) ? [api] : []),
  ]
}
