/** The style sheet of every page. */

/** Where it is served. */
export const STYLE_PATH = '/simulator/assets/style.css'

/** NHS colours, readable from 320 pixels on, light or dark as the reader prefers, in forced colours and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --blue: #005eb8; --link: #005eb8; --text: #212b32; --grey: #4c6272; --page: #f0f4f5; --card: #fff; --field: #fff;
  --line: #768692; --pale-line: #d8dde0; --red: #d5281b; --refusal: #a71d12; --green: #007f3b; --lane: #aeb7bd;
  --tag: #d9e5f2; --tag-text: #00386e; --on: #f7d4d1; --on-text: #6b140e; --focus: #ffeb3b; --focus-text: #212b32
}
@media (prefers-color-scheme: dark) {
  :root {
    --link: #7cb8ff; --text: #eef2f4; --grey: #b6c1c8; --page: #14191d; --card: #1f272d; --field: #14191d;
    --line: #8b99a3; --pale-line: #3d4951; --red: #ff7a6e; --refusal: #ff9d94; --lane: #58666f;
    --tag: #12395f; --tag-text: #d9e9fb; --on: #6b1a13; --on-text: #ffe3e0
  }
}
* { box-sizing: border-box }
body { margin: 0; color: var(--text); background: var(--page); font: 1.1875rem/1.5 Frutiger, Arial, sans-serif; overflow-wrap: anywhere }
.skip { position: absolute; left: -999rem }
.skip:focus { position: static; display: block; padding: .5rem 1rem }
header { background: var(--blue); color: #fff; padding: .75rem 1rem }
header p { margin: 0 auto; max-width: 60rem }
header a { color: #fff }
.nhsuk-cis2-cia-header-text { font-weight: bold; font-size: 1.375rem }
.notice { font-size: 1rem }
nav[aria-label=Simulator] { background: var(--card); border-bottom: 1px solid var(--line) }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 0 auto; padding: .75rem 1rem; max-width: 62rem }
nav [aria-current] { font-weight: bold; text-decoration: none; border-bottom: 4px solid currentColor; color: var(--text) }
main { max-width: 62rem; margin: 0 auto; padding: 1rem 1rem 4rem }
main:focus { outline: none }
h1 { font-size: 2rem; line-height: 1.2; margin: 1rem 0 }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 2rem 0 .5rem }
a { color: var(--link) }
a:focus, button:focus-visible, summary:focus-visible, pre:focus-visible { outline: 4px solid transparent; background: var(--focus); color: var(--focus-text); box-shadow: 0 4px var(--focus-text); text-decoration: none }
h2:focus, #said:focus { outline: none }
fieldset { border: 0; margin: 0 0 1.5rem; padding: 0; min-width: 0 }
legend { padding: 0; font-weight: bold; margin-bottom: .5rem }
.choice { display: flex; gap: .75rem; align-items: flex-start; padding: .5rem 0 }
.choice input { flex: none; width: 1.75rem; height: 1.75rem; margin: 0 }
.choice label { flex: 1; min-width: 0; cursor: pointer }
.hint { display: block; color: var(--grey); font-size: 1rem; margin: 0 }
.field { margin-bottom: 1.5rem }
.field label { display: block; font-weight: bold }
.search { display: flex; flex-wrap: wrap; align-items: flex-end; gap: .25rem .75rem; margin-bottom: 1rem }
.search .field { margin: 0 0 .75rem; flex: 0 1 26rem }
.search > a { margin-bottom: 1rem }
input[type=text], input[type=password], input[type=search], select, textarea { width: 100%; max-width: 26rem; font: inherit; padding: .5rem; border: 2px solid var(--grey); border-radius: 0; background: var(--field); color: var(--text) }
textarea { max-width: 100%; font: 1rem/1.4 Consolas, Menlo, monospace }
input.short { max-width: 12rem; font-size: 1rem; padding: .25rem }
input:focus, select:focus, textarea:focus { outline: 4px solid var(--focus); outline-offset: 0; box-shadow: inset 0 0 0 2px var(--text); border-color: var(--text) }
button { font: inherit; font-weight: bold; color: #fff; background: var(--green); border: 0; border-bottom: 4px solid #00401e; border-radius: 4px; padding: .625rem 1rem; margin: 0 .75rem .75rem 0; cursor: pointer; text-align: left }
button.secondary { background: #4c6272; border-bottom-color: #212b32 }
button.small { font-size: 1rem; padding: .25rem .75rem; margin: 0 .5rem .5rem 0 }
.problems { border: 4px solid var(--red); padding: 1rem; margin: 1rem 0; background: var(--card) }
.problems h2 { margin-top: 0 }
.problems a { color: var(--refusal); font-weight: bold }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem; margin: 0 0 1rem }
dt { font-weight: bold }
dd { margin: 0; min-width: 0 }
code, pre { font: 1rem/1.4 Consolas, Menlo, monospace }
pre { white-space: pre-wrap; background: var(--page); padding: .75rem; margin: .5rem 0; border-left: 4px solid var(--line) }
.card { background: var(--card); border: 1px solid var(--pale-line); padding: 1rem; margin: 0 0 1rem }
.card > h2, .card > h3 { margin-top: 0 }
.card h3 { font-size: 1.1875rem; margin-bottom: .25rem }
.group { padding: 0 1rem; margin-bottom: .5rem }
.group > summary { padding: .75rem 0; cursor: pointer }
.group > summary > * { display: inline; margin: 0 }
.faults { list-style: none; margin: 0; padding: 0 }
.faults li { border-top: 1px solid var(--pale-line); padding: .75rem 0 .25rem; scroll-margin-top: 1rem }
.faults li:target { border-left: 4px solid var(--link); padding-left: .75rem }
.faults .name { font-weight: bold }
.faults p { margin: 0 0 .25rem }
.faults label { font-size: 1rem }
.tag { display: inline-block; background: var(--tag); color: var(--tag-text); font-size: 1rem; font-weight: normal; padding: 0 .5rem; margin: 0 .25rem .25rem 0 }
.tag.on { background: var(--on); color: var(--on-text); font-weight: bold }
.refusal { color: var(--refusal); font-weight: bold }
.lanes { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); text-align: center; font-weight: bold; margin: .5rem 0 0 }
/* The three lines are borders, which forced colours and paper keep; a background would vanish. */
.diagram { position: relative; list-style: none; margin: 0; padding: 0 0 .5rem }
.diagram::before, .diagram::after { content: ''; position: absolute; top: 0; bottom: 0; pointer-events: none; border: 0 solid var(--lane) }
.diagram::before { left: calc(16.667% - 1px); right: calc(16.667% - 1px); border-width: 0 2px }
.diagram::after { left: calc(50% - 1px); border-left-width: 2px }
.diagram li { padding: .375rem 0; display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)) }
.diagram li > * { position: relative; z-index: 1; background: var(--card); font-size: 1rem; min-width: 0; text-align: center }
.browser-app > * { grid-column: 2 / 4 }
.browser-cis2 > * { grid-column: 2 / 6 }
.app-cis2 > * { grid-column: 4 / 6 }
.diagram details[open] { grid-column: 1 / -1; text-align: left }
.diagram summary, .inferred > p { cursor: pointer; padding: .125rem .25rem; border-bottom: 3px solid var(--link); list-style: none }
.diagram summary::-webkit-details-marker { display: none }
.answer summary { border-bottom: 3px dashed var(--grey) }
.failed summary { border-bottom-color: var(--red) }
.inferred > p { margin: 0; cursor: default; color: var(--grey); border-bottom: 3px dotted var(--grey) }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (max-width: 40rem) {
  h1 { font-size: 1.625rem }
  .lanes { font-size: 1rem }
  .lanes :first-child { text-align: left }
  .lanes :last-child { text-align: right }
  .diagram::before { left: 0; right: 0 }
  .browser-app > * { grid-column: 1 / 4 }
  .browser-cis2 > * { grid-column: 1 / 7 }
  .app-cis2 > * { grid-column: 4 / 7 }
  dl { display: block }
  dd { margin-bottom: .5rem }
}
@media (forced-colors: active) {
  .card, .problems, .tag { border: 1px solid }
  button { border: 2px solid }
}
@media print {
  :root {
    --link: #000; --text: #000; --grey: #333; --page: #fff; --card: #fff; --tag: #fff; --tag-text: #000; --on: #fff;
    --on-text: #000; --refusal: #000
  }
  body { font-size: 11pt }
  header { background: none; color: #000 }
  nav, .no-print, .skip, button { display: none }
  .card, .diagram li { break-inside: avoid }
  .tag { border: 1px solid }
  .refusal::before { content: '! ' }
}
`
