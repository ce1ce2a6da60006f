/**
 * Warns before a session times out, and tells when it has ended. For the browser: no dependencies, no inline style or script.
 *
 * It asks `GET /session`, which does not extend the session, so that a page left open still times out. Only the user's
 * "Stay signed in" extends it, with `POST /session`. Several tabs agree, because all ask the same server and tell each
 * other at once.
 */

const TEXTS = {
  title: 'You are about to be signed out',
  countdown: (time) => `To protect patients’ information, you will be signed out in ${time}.`,
  announcement: (time) => `You will be signed out in ${time}.`,
  unsaved: 'What you have entered and not saved would be lost.',
  longest: 'You have been signed in for as long as is allowed. Save your work, then sign in again.',
  stay: 'Stay signed in',
  goOn: 'Continue for now',
  problem: 'The service could not be reached. Try again.',
  minutes: (count) => `${count} minute${count === 1 ? '' : 's'}`,
  seconds: (count) => `${count} second${count === 1 ? '' : 's'}`,
}

const CHANNEL = 'express-cis2 session'

/** How long the server has for saying why, once the end has passed; then the page leaves the screen without. */
const PATIENCE_SECONDS = 10

/** See `session-warning.d.ts`. */
export function sessionWarning({
  sessionUrl = '/session',
  warnSeconds = 120,
  checkSeconds = 15,
  onEnd = () => window.location.reload(),
  texts: ownTexts = {},
  dialog: ownDialog,
} = {}) {
  const texts = { ...TEXTS, ...ownTexts }
  const dialog = ownDialog ?? document.body.appendChild(buildDialog(texts))
  const part = (name) => dialog.querySelector(`[data-${name}]`)
  const [stay, goOn, problem, announcement, countdown] = ['stay', 'go-on', 'problem', 'announcement', 'countdown'].map(
    part,
  )
  const others = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(CHANNEL)

  /** When the session ends by this computer's clock, in milliseconds. */
  let endsAt = Infinity
  let extendable = true
  let announced = ''
  let dismissed = false
  let over = false
  /** Questions to the server: how many were sent, up to which of them answers are old news, how many are under way. */
  let sent = 0
  let heard = 0
  let underWay = 0

  async function check() {
    if (over) return
    underWay++
    try {
      await ask(++sent)
    } finally {
      underWay--
    }
  }

  async function ask(number) {
    let answer
    try {
      answer = await fetch(sessionUrl, { headers: { Accept: 'application/json' }, cache: 'no-store' })
    } catch {
      draw() // No network: the countdown goes on, and the next check may get through.
      return
    }
    const session = answer.ok ? await answer.json() : undefined
    if (over) return
    if (session?.signedIn === false) {
      end(session.reason)
      return
    }
    if (session && number > heard) {
      heard = number
      learn(session, serverTime(answer))
    }
    draw()
  }

  function learn(session, now) {
    const secondsLeft = Math.min(session.idleExpiresAt, session.absoluteExpiresAt) - now
    extendable = session.idleExpiresAt < session.absoluteExpiresAt
    endsAt = Date.now() + secondsLeft * 1000
  }

  function draw() {
    if (over) return
    const secondsLeft = Math.ceil((endsAt - Date.now()) / 1000)
    if (secondsLeft <= -PATIENCE_SECONDS) {
      end(undefined) // No answer came: the page must not stay on the screen.
      return
    }
    if (secondsLeft <= 0 && underWay === 0) void check() // The end is due: the server says so, and why.
    if (secondsLeft > warnSeconds) {
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
    countdown.textContent = ownDialog ? inWords(secondsLeft) : texts.countdown(inWords(secondsLeft))
    for (const element of dialog.querySelectorAll('[data-extendable], [data-stay]')) element.hidden = !extendable
    for (const element of dialog.querySelectorAll('[data-not-extendable], [data-go-on], [data-sign-in]')) {
      element.hidden = extendable
    }
    // Read out once a minute, then every 20 seconds: a countdown read every second drowns everything else.
    const step = secondsLeft > 60 ? 60 : 20
    const period = `${Math.ceil(secondsLeft / step)} of ${step}`
    if (period === announced) return
    announced = period
    announcement.textContent = texts.announcement(inWords(secondsLeft))
  }

  /** `2 minutes`, `1 minute`, `40 seconds`. */
  function inWords(seconds) {
    return seconds >= 60 ? texts.minutes(Math.ceil(seconds / 60)) : texts.seconds(seconds)
  }

  async function extend() {
    problem.textContent = ''
    let answer
    try {
      answer = await fetch(sessionUrl, { method: 'POST', headers: { Accept: 'application/json' } })
    } catch {
      answer = undefined
    }
    if (answer?.ok) {
      endsAt = Infinity
      heard = sent
      dialog.close()
      others?.postMessage('extended')
    } else if (answer === undefined || answer.status >= 500) {
      problem.textContent = texts.problem
      return
    }
    await check()
  }

  function end(reason) {
    others?.postMessage('ended')
    stop()
    onEnd({ reason })
  }

  /** The longest time a session may last is near: the user can save what is on the page, and no more. */
  function dismiss() {
    dismissed = true
    dialog.close()
  }

  /** The Escape key means "I am here". */
  function cancel(event) {
    event.preventDefault()
    if (extendable) void extend()
    else dismiss()
  }

  function seen() {
    if (!document.hidden) void check()
  }

  /** Brought back by the browser's Back button. */
  function broughtBack(event) {
    if (event.persisted) void check()
  }

  const listeners = [
    [stay, 'click', extend],
    [goOn, 'click', dismiss],
    [dialog, 'cancel', cancel],
    [document, 'visibilitychange', seen],
    [window, 'pageshow', broughtBack],
  ]
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener)
  if (others !== undefined) others.onmessage = () => void check()
  const timers = [
    window.setInterval(check, checkSeconds * 1000),
    window.setInterval(() => {
      if (dialog.open || dismissed) draw()
    }, 1000),
  ]

  function stop() {
    over = true
    for (const timer of timers) window.clearInterval(timer)
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener)
    dialog.close()
    if (ownDialog === undefined) dialog.remove()
    // What was told last still has to leave.
    window.setTimeout(() => others?.close(), 0)
  }

  void check()
  return { check, stop }
}

/** The server's clock in epoch seconds: this computer's may be wrong. */
function serverTime(answer) {
  const date = Date.parse(answer.headers.get('Date'))
  return (Number.isNaN(date) ? Date.now() : date) / 1000
}

/** A plain dialog, with a class for the application's style sheet. */
function buildDialog(texts) {
  const dialog = document.createElement('dialog')
  dialog.className = 'cis2-session-warning'
  dialog.setAttribute('aria-labelledby', 'cis2-session-warning-title')
  dialog.setAttribute('aria-describedby', 'cis2-session-warning-announcement')
  const title = element('h2', { id: 'cis2-session-warning-title' }, texts.title)
  // The countdown that is seen changes every second; the one that is heard, a few times.
  const countdown = element('p', { 'aria-hidden': 'true', 'data-countdown': '' })
  const announcement = element('p', {
    id: 'cis2-session-warning-announcement',
    'aria-live': 'polite',
    'data-announcement': '',
  })
  Object.assign(announcement.style, {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    margin: '0',
  })
  dialog.append(
    title,
    countdown,
    announcement,
    element('p', { 'data-extendable': '' }, texts.unsaved),
    element('p', { 'data-not-extendable': '' }, texts.longest),
    element('p', { 'aria-live': 'assertive', 'data-problem': '' }),
    element('button', { type: 'button', 'data-stay': '' }, texts.stay),
    element('button', { type: 'button', 'data-go-on': '' }, texts.goOn),
  )
  return dialog
}

function element(name, attributes, text = '') {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  made.textContent = text
  return made
}
