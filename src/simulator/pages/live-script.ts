/** The one script: it draws the page of requests anew whenever something happens. Without it the page still works. */

/** Where it is served. */
export const SCRIPT_PATH = '/simulator/assets/live.js'

/** Where the browser hears that something happened. */
export const EVENTS_PATH = '/simulator/events'

/** Keeps open what is open, and the focus where it is. */
export const LIVE_SCRIPT = `'use strict'
const log = document.getElementById('log')
let drawing = false
let outdated = false

async function draw() {
  outdated = true
  if (drawing) return
  drawing = true
  while (outdated) {
    outdated = false
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    replaceLog(page.getElementById('log'))
  }
  drawing = false
}

function replaceLog(next) {
  const open = Array.from(log.querySelectorAll('details[open]'), (each) => each.id)
  const focused = log.contains(document.activeElement) ? document.activeElement.closest('details')?.id : undefined
  log.replaceChildren(...next.childNodes)
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  if (focused) document.getElementById(focused)?.querySelector('summary')?.focus()
}

const events = new EventSource('${EVENTS_PATH}')
// On opening too: something may have happened since the page was made, or while the line was down.
events.onopen = events.onmessage = () => {
  draw().catch(() => { drawing = false })
}
`
