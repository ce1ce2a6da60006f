/** The page for an address that nobody answers. */
import Mustache from 'mustache'

import { layout } from './layout.js'

const CONTENT = `<h1>Nothing is here</h1>
<p>The simulator does not answer <code>{{path}}</code>.</p>
<p>CIS2 itself is below <code>{{issuer}}</code>; the simulator's own pages begin at <a href="/simulator">/simulator</a>.</p>`

/** The whole page. */
export function notFoundPage(view: { path: string; issuer: string; faults: readonly string[] }): string {
  const content = Mustache.render(CONTENT, view)
  return layout({ title: 'Nothing is here', content, kind: 'simulator', faults: view.faults })
}
