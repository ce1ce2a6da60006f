/** The few pages that we show ourselves: plain, accessible, in the look of NHS.UK, loading nothing. */
import { createHash } from 'node:crypto'
import Mustache from 'mustache'

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:#f0f4f5;color:#212b32;font:1.1875rem/1.5 "Frutiger W01",Arial,sans-serif}
header{background:#005eb8;border-bottom:4px solid #003087;height:2.5rem}
main{max-width:44rem;margin:0 auto;padding:2rem 1rem 3rem;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem}
a{color:#005eb8}
a:focus,button:focus{background:#ffeb3b;color:#212b32;outline:4px solid transparent;box-shadow:0 -2px #ffeb3b,0 4px #212b32;text-decoration:none}
.action,button{display:inline-block;background:#007f3b;color:#fff;border:0;border-radius:4px;box-shadow:0 4px #00401e;padding:.75rem 1rem;font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.detail{color:#4c6272;font-size:1rem}
@media (min-width:40em){h1{font-size:2.25rem}}
`

/** What the content security policy must allow for our pages to have their look. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

const LAYOUT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{title}}</title>
<style>${STYLE}</style>
</head>
<body>
<header></header>
<main>
<h1>{{title}}</h1>
{{#paragraphs}}<p>{{.}}</p>
{{/paragraphs}}{{#link}}<p><a class="action" href="{{href}}">{{text}}</a></p>
{{/link}}{{#button}}<form method="post" action="{{action}}"><button>{{text}}</button></form>
{{/button}}{{#detail}}<p class="detail">{{.}}</p>
{{/detail}}</main>
</body>
</html>
`

export interface Page {
  readonly title: string
  readonly paragraphs?: readonly string[]
  /** The one thing to do next. */
  readonly link?: { readonly href: string; readonly text: string }
  /** A button that posts. */
  readonly button?: { readonly action: string; readonly text: string }
  /** Small print: code and correlation id, for whoever is asked for help. */
  readonly detail?: string
}

// Taken when this module is loaded: `Mustache.escape` is one for the whole process, and applications replace it for mail.
const { escape } = Mustache

/** HTML of a page; every value is escaped. */
export function renderPage(page: Page): string {
  return Mustache.render(LAYOUT, page, {}, { escape: escapeHtml })
}

/** Mustache's, but for the two that no attribute in quotes and no text needs: addresses stay readable in the source. */
function escapeHtml(value: unknown): string {
  return escape(String(value)).replaceAll('&#x2F;', '/').replaceAll('&#x3D;', '=')
}
