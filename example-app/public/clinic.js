/** Every page's script: the design system's behaviour, and the warning before the session times out. */
import { initAll } from '/assets/nhsuk-frontend.js'
import { sessionWarning } from '/assets/session-warning.js'

document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
initAll()

const dialog = document.querySelector('#session-warning')
if (dialog) {
  const { sessionPath, signedOutPath, warnBeforeSeconds, checkEverySeconds } = dialog.dataset
  sessionWarning({
    sessionUrl: sessionPath,
    warnSeconds: Number(warnBeforeSeconds),
    checkSeconds: Number(checkEverySeconds),
    texts: { problem: 'The clinic could not be reached. Try again.' },
    dialog,
    onEnd({ reason = 'unknown' }) {
      const query = new window.URLSearchParams({ returnTo: window.location.pathname + window.location.search, reason })
      window.location.replace(`${signedOutPath}?${query}`)
    },
  })
}
