/** Every page's script: the design system's behaviour, and the watch over the session. */
import { initAll } from '/assets/nhsuk-frontend.js'
import { watchSession } from '/assets/session.js'

document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
initAll()

const dialog = document.querySelector('#session-warning')
if (dialog) watchSession(dialog)
