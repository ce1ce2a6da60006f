/** The style sheet of every page. */

/** Where it is served. */
export const STYLE_PATH = '/simulator/assets/style.css'

/** The style sheet: NHS colours, readable from 320 pixels on. */
export const STYLE = `
:root { --blue: #005eb8; --dark: #212b32; --grey: #4c6272; --pale: #f0f4f5; --line: #768692; --red: #d5281b; --green: #007f3b; --focus: #ffeb3b }
* { box-sizing: border-box }
body { margin: 0; color: var(--dark); background: var(--pale); font: 1.1875rem/1.5 Frutiger, Arial, sans-serif; overflow-wrap: anywhere }
.skip { position: absolute; left: -999rem }
.skip:focus { position: static; display: block; padding: .5rem 1rem }
header { background: var(--blue); color: #fff; padding: .75rem 1rem }
header p { margin: 0 auto; max-width: 60rem }
.nhsuk-cis2-cia-header-text { font-weight: bold; font-size: 1.375rem }
.notice { font-size: 1rem }
nav { background: #fff; border-bottom: 1px solid var(--line) }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 0 auto; padding: .75rem 1rem; max-width: 62rem }
main { max-width: 62rem; margin: 0 auto; padding: 1rem 1rem 4rem }
main:focus { outline: none }
h1 { font-size: 2rem; line-height: 1.2; margin: 1rem 0 }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 2rem 0 .5rem }
a { color: var(--blue) }
a:focus, button:focus-visible, summary:focus-visible { outline: 4px solid transparent; background: var(--focus); color: var(--dark); box-shadow: 0 4px var(--dark); text-decoration: none }
fieldset { border: 0; margin: 0 0 1.5rem; padding: 0; min-width: 0 }
legend { padding: 0; font-weight: bold; margin-bottom: .5rem }
.choice { display: flex; gap: .75rem; align-items: flex-start; padding: .5rem 0 }
.choice input { flex: none; width: 1.75rem; height: 1.75rem; margin: 0 }
.choice label { flex: 1; min-width: 0; cursor: pointer }
.hint { display: block; color: var(--grey); font-size: 1rem }
.field { margin-bottom: 1.5rem }
.field label { display: block; font-weight: bold }
input[type=text], input[type=password], input[type=search], select { width: 100%; max-width: 26rem; font: inherit; padding: .5rem; border: 2px solid var(--grey); border-radius: 0; background: #fff; color: var(--dark) }
input:focus, select:focus { outline: 4px solid var(--focus); outline-offset: 0; box-shadow: inset 0 0 0 2px var(--dark); border-color: var(--dark) }
button { font: inherit; font-weight: bold; color: #fff; background: var(--green); border: 0; border-bottom: 4px solid #00401e; border-radius: 4px; padding: .625rem 1rem; margin: 0 .75rem .75rem 0; cursor: pointer }
button.secondary { background: var(--grey); border-bottom-color: var(--dark) }
button.small { font-size: 1rem; padding: .25rem .75rem; margin: 0 .5rem .5rem 0 }
.problems { border: 4px solid var(--red); padding: 1rem; margin: 1rem 0; background: #fff }
.problems h2 { margin-top: 0 }
.problems a, .mistake { color: var(--red); font-weight: bold }
.mistake { display: block }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem; margin: 0 0 1rem }
dt { font-weight: bold }
dd { margin: 0; min-width: 0 }
code, pre { font: 1rem/1.4 Consolas, Menlo, monospace }
pre { white-space: pre-wrap; background: var(--pale); padding: .75rem; margin: .5rem 0; border-left: 4px solid var(--line) }
.card { background: #fff; border: 1px solid #d8dde0; padding: 1rem; margin: 0 0 1rem }
.card h2, .card h3 { margin-top: 0 }
.card h3 { font-size: 1.1875rem; margin-bottom: .25rem }
.tag { display: inline-block; background: #d9e5f2; color: #00386e; font-size: 1rem; padding: 0 .5rem; margin: 0 .25rem .25rem 0 }
.tag.on { background: #f7d4d1; color: #6b140e; font-weight: bold }
.refusal { color: #a71d12; font-weight: bold }
.lanes { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); text-align: center; font-weight: bold; margin: .5rem 0 0 }
.diagram { list-style: none; margin: 0; padding: 0; background-image: linear-gradient(#aeb7bd, #aeb7bd), linear-gradient(#aeb7bd, #aeb7bd), linear-gradient(#aeb7bd, #aeb7bd); background-size: 2px 100%; background-position: 16.667% 0, 50% 0, 83.333% 0; background-repeat: no-repeat; padding-bottom: .5rem }
.diagram li { padding: .375rem 0; display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)) }
.diagram li > * { background: #fff; font-size: 1rem; min-width: 0; text-align: center }
.browser-app > * { grid-column: 2 / 4 }
.browser-cis2 > * { grid-column: 2 / 6 }
.app-cis2 > * { grid-column: 4 / 6 }
.diagram details[open] { grid-column: 1 / -1; text-align: left }
.diagram summary, .inferred > p { cursor: pointer; padding: .125rem .25rem; border-bottom: 3px solid var(--blue); list-style: none }
.diagram summary::-webkit-details-marker { display: none }
.answer summary { border-bottom: 3px dashed var(--grey) }
.failed summary { border-bottom-color: var(--red) }
.inferred > p { margin: 0; cursor: default; color: var(--grey); border-bottom: 3px dotted var(--grey) }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th:first-child { width: 30% }
th, td { text-align: left; vertical-align: top; padding: .5rem 1rem .5rem 0; border-bottom: 1px solid #d8dde0 }
form.inline { display: inline }
@media (max-width: 40rem) {
  .lanes { font-size: 1rem }
  .lanes :first-child { text-align: left }
  .lanes :last-child { text-align: right }
  .diagram { background-position: 0 0, 50% 0, 100% 0 }
  .browser-app > * { grid-column: 1 / 4 }
  .browser-cis2 > * { grid-column: 1 / 7 }
  .app-cis2 > * { grid-column: 4 / 7 }
  dl { display: block }
  dd { margin-bottom: .5rem }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  tr, td, th, th:first-child { display: block; border: 0; padding: .125rem 0; width: auto }
  td:last-child::before { content: 'A correct application: '; color: var(--grey) }
  tr { border-bottom: 1px solid #d8dde0; padding: .5rem 0 }
}
`
