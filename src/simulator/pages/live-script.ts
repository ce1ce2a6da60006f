/** The one script: it draws anew what has changed, and keeps place and focus. Without it the pages still work. */

/** Where it is served. */
export const SCRIPT_PATH = '/simulator/assets/live.js'

/** Where the browser hears that something happened. */
export const EVENTS_PATH = '/simulator/events'

/** Parts marked `data-live` are replaced, what was open in them stays open, and what had the focus keeps it. */
export const LIVE_SCRIPT = `'use strict'
const parts = () => document.querySelectorAll('[data-live]')

function show(html) {
  const page = new DOMParser().parseFromString(html, 'text/html')
  const focused = document.activeElement?.id
  for (const part of parts()) {
    const next = page.getElementById(part.id)
    if (!next || next.innerHTML === part.innerHTML) continue
    const open = Array.from(part.querySelectorAll('details[open][id]'), (each) => each.id)
    const had = part.contains(document.activeElement)
    const within = had && document.activeElement.closest('details')?.id
    part.replaceChildren(...next.childNodes)
    for (const id of open) document.getElementById(id)?.setAttribute('open', '')
    const again = (focused && document.getElementById(focused)) || (within && document.getElementById(within)?.querySelector('summary'))
    if (again && document.activeElement !== again) again.focus({ preventScroll: true })
    // What had the focus is gone: go on from where it is said what has changed.
    if (had && !again) document.getElementById('said')?.focus({ preventScroll: true })
  }
  const banner = page.getElementById('faults-on')
  if (banner) document.getElementById('faults-on').replaceChildren(...banner.childNodes)
}

let drawing = false
let outdated = false

async function draw() {
  outdated = true
  if (drawing) return
  drawing = true
  while (outdated) {
    outdated = false
    show(await (await fetch(location.href, { headers: { Accept: 'text/html' } })).text())
  }
  drawing = false
}

// A switch on the page: without leaving it.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (!form.matches('[data-stay]')) return
  event.preventDefault()
  const body = new URLSearchParams(new FormData(form, event.submitter))
  // Not form.action: that is the button of this name.
  fetch(form.getAttribute('action') ?? location.pathname, { method: 'POST', body, headers: { Accept: 'text/html' } })
    .then((answer) => answer.text())
    .then(show)
    .catch(() => location.reload())
})

for (const button of document.querySelectorAll('[data-copies]')) {
  button.hidden = !navigator.clipboard
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent).then(() => {
      button.textContent = 'Copied'
    }, () => {})
  })
}

if (document.getElementById('log')) {
  const events = new EventSource('${EVENTS_PATH}')
  // On opening too: something may have happened since the page was made, or while the line was down.
  events.onopen = events.onmessage = () => {
    draw().catch(() => { drawing = false })
  }
}
`
