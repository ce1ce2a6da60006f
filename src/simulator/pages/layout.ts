/** The frame of every page. Mustache escapes whatever is put in. */
import Mustache from 'mustache'

import { SCRIPT_PATH } from './live-script.js'
import { STYLE_PATH } from './style.js'

const LAYOUT = `<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}} – CIS2 simulator</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STYLE_PATH}">
{{#script}}<script src="${SCRIPT_PATH}" defer></script>{{/script}}
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header>
<p class="nhsuk-cis2-cia-header-text">{{heading}}</p>
<p class="notice">Simulator: nobody here is real</p>
</header>
{{#menu}}<nav aria-label="Simulator">
<ul>
<li><a href="/simulator">Overview</a></li>
<li><a href="/simulator/requests">Requests</a></li>
<li><a href="/simulator/users">Users</a></li>
<li><a href="/simulator/faults">Faults</a></li>
<li><a href="/simulator/sessions">Sessions and keys</a></li>
</ul>
</nav>{{/menu}}
<main id="main" tabindex="-1">
{{{content}}}
</main>
</body>
</html>
`

/** A page about to be drawn. `content` is HTML that a template made. */
export interface Page {
  readonly title: string
  readonly content: string
  /** Of the look-alike of CIS2, or of the simulator's own pages. */
  readonly kind: 'sign-in' | 'simulator'
  readonly script?: boolean
}

/** The whole page. */
export function layout({ title, content, kind, script = false }: Page): string {
  const menu = kind === 'simulator'
  const heading = menu ? 'CIS2 simulator' : 'Care Identity Authentication'
  return Mustache.render(LAYOUT, { title, content, heading, menu, script })
}
