/** The frame of every page. Mustache escapes whatever is put in. */
import Mustache from 'mustache'

import { SCRIPT_PATH } from './live-script.js'
import { STYLE_PATH } from './style.js'

const MENU = [
  { address: '/simulator', label: 'Overview' },
  { address: '/simulator/requests', label: 'Requests' },
  { address: '/simulator/users', label: 'Users' },
  { address: '/simulator/faults', label: 'Faults' },
  { address: '/simulator/sessions', label: 'Sessions and keys' },
  { address: '/simulator/clients', label: 'Clients' },
] as const

const LAYOUT = `<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
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
<p class="notice" id="faults-on">{{#faults.length}}<strong>Faults on:</strong> <a href="/simulator/faults">{{faultsText}}</a>{{/faults.length}}</p>
</header>
{{#menu.length}}<nav aria-label="Simulator">
<ul>
{{#menu}}<li><a href="{{address}}"{{#current}} aria-current="page"{{/current}}>{{label}}</a></li>
{{/menu}}</ul>
</nav>{{/menu.length}}
<main id="main" tabindex="-1">
{{{content}}}
</main>
</body>
</html>
`

/** The simulator's own pages. */
export type MenuAddress = (typeof MENU)[number]['address']

/** A page about to be drawn. `content` is HTML that a template made. */
export interface Page {
  readonly title: string
  readonly content: string
  /** Which page of the menu it is; `undefined`: none of them, or a look-alike of CIS2. */
  readonly current?: MenuAddress | undefined
  /** Of the look-alike of CIS2, or of the simulator's own pages. */
  readonly kind: 'sign-in' | 'simulator'
  /** Faults in force: every page names them, for they may be why it looks as it does. */
  readonly faults: readonly string[]
  readonly script?: boolean
}

/** The whole page. */
export function layout({ title, content, current, kind, faults, script = false }: Page): string {
  const menu = kind === 'simulator' ? MENU.map((item) => ({ ...item, current: item.address === current })) : []
  const heading = kind === 'simulator' ? 'CIS2 simulator' : 'Care Identity Authentication'
  return Mustache.render(LAYOUT, { title, content, heading, menu, faults, faultsText: faults.join(', '), script })
}
