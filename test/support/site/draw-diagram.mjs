// A Mermaid diagram as a picture within the page, in the page's own colours, and its text below for whoever cannot see it.
import { renderMermaidSVG } from 'beautiful-mermaid'

const COLOURS = {
  ...{ bg: 'var(--page)', fg: 'var(--text)', muted: 'var(--text)', line: 'var(--quiet)' },
  ...{ accent: 'var(--text)', surface: 'var(--block)', border: 'var(--quiet)' },
}
/** The renderer asks for a web font; nothing here is fetched. */
const STYLE_FROM_ELSEWHERE = /^ *@import [^\n]*\n/gm

/** @param name - Of this diagram; of its own on the page. */
export function drawDiagram(code, { id, name, text }) {
  const svg = renderMermaidSVG(code, { ...COLOURS, transparent: true, font: 'system-ui' })
    .replaceAll(STYLE_FROM_ELSEWHERE, '')
    // Arrowheads are found by id: two diagrams of a page have two.
    .replaceAll(/ id="([^"]*)"/g, ` id="${id}-$1"`)
    .replaceAll(/url\(#([^)]*)\)/g, `url(#${id}-$1)`)
    .replace('<svg ', `<svg role="img" aria-label="${name}" `)
  return `<div class="diagram"><div tabindex="0" role="group" aria-label="${name}">${svg}</div>
<details><summary>${name}, as text</summary>${text}</details></div>\n`
}
