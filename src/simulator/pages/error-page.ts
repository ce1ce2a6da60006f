/** CIS2's own error page: for what must not be sent to the application. Below it, what CIS2 never tells. */
import Mustache from 'mustache'

import { layout } from './layout.js'

const CONTENT = `<h1>{{error}}</h1>
<p>{{description}}</p>
{{#why}}<section class="card" aria-labelledby="why">
<h2 id="why">Why, says the simulator</h2>
<p class="refusal">{{why}}</p>
<p><a href="/simulator/requests?only={{sequenceId}}#{{sequenceId}}">See in the simulator why</a></p>
</section>{{/why}}`

/** What the page says. */
export interface ErrorView {
  /** In AM's words. */
  readonly error: string
  readonly description: string
  /** The true reason, and where it is drawn. */
  readonly why?: string | undefined
  readonly sequenceId?: string | undefined
  readonly faults: readonly string[]
}

/** A page that names the error in AM's words, and the reason. */
export function errorPage(view: ErrorView): string {
  const content = Mustache.render(CONTENT, view)
  return layout({ title: view.error, content, kind: 'sign-in', faults: view.faults })
}
