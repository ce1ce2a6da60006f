/** CIS2's own error page: for what must not be sent to the application. */
import Mustache from 'mustache'

import { layout } from './layout.js'

const CONTENT = `<h1>{{error}}</h1>
<p>{{description}}</p>
<p><a href="/simulator/requests">See in the simulator why</a></p>`

/** A page that names the error in AM's words. */
export function errorPage(problem: { readonly error: string; readonly description: string }): string {
  return layout({ title: problem.error, content: Mustache.render(CONTENT, problem), kind: 'sign-in' })
}
