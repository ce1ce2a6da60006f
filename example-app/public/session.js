/**
 * Watches over the session of a signed-in user: warns before it times out, and leaves the page when it has ended.
 *
 * It asks `GET /session`, which does not extend the session, so that a page left open still times out. Only the
 * user's "Stay signed in" extends it, with `POST /session`. Several tabs agree, because all ask the same server.
 */

/** @param {HTMLDialogElement} dialog - The warning; its data attributes hold the settings. */
export function watchSession(dialog) {
  const { sessionPath, signedOutPath } = dialog.dataset
  const warnBeforeSeconds = Number(dialog.dataset.warnBeforeSeconds)
  const checkEverySeconds = Number(dialog.dataset.checkEverySeconds)
  const announcement = dialog.querySelector('[data-announcement]')
  const problem = dialog.querySelector('[data-problem]')
  const goOn = dialog.querySelector('[data-go-on]')
  const signIn = dialog.querySelector('[data-sign-in]')
  const stay = dialog.querySelector('[data-stay]')

  /** When the session ends by this computer's clock, in milliseconds. */
  let endsAt = Infinity
  let extendable = true
  let announced = ''
  let dismissed = false

  async function check() {
    let answer
    try {
      answer = await fetch(sessionPath, { headers: { Accept: 'application/json' }, cache: 'no-store' })
    } catch {
      return // No network: the countdown goes on, and the next check may get through.
    }
    const session = answer.ok ? await answer.json() : undefined
    if (session?.signedIn === false) {
      leave(session.reason)
      return
    }
    if (session) learn(session, serverTime(answer))
    draw()
  }

  function learn(session, now) {
    const secondsLeft = Math.min(session.idleExpiresAt, session.absoluteExpiresAt) - now
    extendable = session.idleExpiresAt < session.absoluteExpiresAt
    endsAt = Date.now() + secondsLeft * 1000
  }

  function draw() {
    const secondsLeft = Math.ceil((endsAt - Date.now()) / 1000)
    if (secondsLeft <= -checkEverySeconds) {
      leave('unknown') // The end has passed and no answer came: the page must not stay on the screen.
      return
    }
    if (secondsLeft > warnBeforeSeconds) {
      dialog.close() // Another tab has extended the session.
      dismissed = false
      return
    }
    showTimeLeft(Math.max(secondsLeft, 0))
    if (!dialog.open && !dismissed) open()
  }

  function open() {
    problem.textContent = ''
    dialog.showModal()
    ;(extendable ? stay : goOn).focus()
  }

  function showTimeLeft(secondsLeft) {
    dialog.querySelector('[data-countdown]').textContent = inWords(secondsLeft)
    dialog.querySelector('[data-extendable]').hidden = !extendable
    dialog.querySelector('[data-not-extendable]').hidden = extendable
    stay.hidden = !extendable
    goOn.hidden = extendable
    signIn.hidden = extendable
    // Read out once a minute, then every 20 seconds: a countdown read every second drowns everything else.
    const step = secondsLeft > 60 ? 60 : 20
    const period = `${Math.ceil(secondsLeft / step)} of ${step}`
    if (period === announced) return
    announced = period
    announcement.textContent = `You will be signed out in ${inWords(secondsLeft)}.`
  }

  async function extend() {
    problem.textContent = ''
    let answer
    try {
      answer = await fetch(sessionPath, { method: 'POST', headers: { Accept: 'application/json' } })
    } catch {
      answer = undefined
    }
    if (answer?.ok) {
      endsAt = Infinity
      dialog.close()
    } else if (answer === undefined || answer.status >= 500) {
      problem.textContent = 'The clinic could not be reached. Try again.'
      return
    }
    await check()
  }

  function leave(reason) {
    const query = new window.URLSearchParams({ returnTo: window.location.pathname + window.location.search })
    if (reason) query.set('reason', reason)
    window.location.replace(`${signedOutPath}?${query}`)
  }

  /** The longest time a session may last is near: the user can save what is on the page, and no more. */
  function dismiss() {
    dismissed = true
    dialog.close()
  }

  stay.addEventListener('click', extend)
  goOn.addEventListener('click', dismiss)
  // The Escape key means "I am here".
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    if (extendable) extend()
    else dismiss()
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) check()
  })
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) check() // Brought back by the browser's Back button.
  })
  window.setInterval(check, checkEverySeconds * 1000)
  window.setInterval(() => {
    if (dialog.open) draw()
  }, 1000)
  check()
}

/** The server's clock in epoch seconds: this computer's may be wrong. */
function serverTime(answer) {
  const date = Date.parse(answer.headers.get('Date'))
  return (Number.isNaN(date) ? Date.now() : date) / 1000
}

/** `2 minutes`, `1 minute`, `40 seconds`. */
function inWords(seconds) {
  const [count, unit] = seconds >= 60 ? [Math.ceil(seconds / 60), 'minute'] : [seconds, 'second']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
