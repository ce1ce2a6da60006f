/** Words of the dialog. `time` is what `minutes` or `seconds` returned. */
export interface SessionWarningTexts {
  /** The dialog's heading. */
  title: string
  /** What is seen, and changes every second. */
  countdown: (time: string) => string
  /** What is read out, a few times. */
  announcement: (time: string) => string
  /** What is lost when the session ends. */
  unsaved: string
  /** In place of that when the session cannot be extended any more. */
  longest: string
  /** The button that extends the session. */
  stay: string
  /** The button that closes the dialog when nothing can be extended. */
  goOn: string
  /** When the server could not be reached. */
  problem: string
  /** A number of minutes in words. */
  minutes: (count: number) => string
  /** A number of seconds in words. */
  seconds: (count: number) => string
}

/** What `sessionWarning` takes; everything has a default. */
export interface SessionWarningOptions {
  /** The `session` route of `cis2Auth`. Default `/session`. */
  sessionUrl?: string
  /** How long before the end the dialog opens, in seconds. Default 120. */
  warnSeconds?: number
  /** How often the server is asked, in seconds. Default 15. Asking does not extend the session. */
  checkSeconds?: number
  /** Called once, when the session has ended, with why (`GET /session`). Default: loads the page anew. */
  onEnd?: (ended: { reason: string | undefined }) => void
  /** Words in place of the English ones. */
  texts?: Partial<SessionWarningTexts>
  /**
   * A dialog of your own, in place of a plain one with the class `cis2-session-warning`. Its parts have the attributes
   * `data-countdown`, `data-announcement` (`aria-live="polite"`), `data-problem` (`aria-live="assertive"`), `data-stay` and
   * `data-go-on`; `data-extendable`, `data-not-extendable` and `data-sign-in` are shown as they apply.
   */
  dialog?: HTMLDialogElement
}

/** A running warning. */
export interface SessionWarning {
  /** Asks the server now, for example after the page has saved something. */
  check(): Promise<void>
  /** Ends it and takes its dialog away. */
  stop(): void
}

/**
 * Warns before the session times out: a dialog with "Stay signed in", by keyboard and screen reader too. Several tabs agree.
 * Left alone, it does not keep the session alive.
 *
 * @example
 * ```ts
 * sessionWarning({ warnSeconds: 120, onEnd: () => location.assign('/signed-out') })
 * ```
 */
export function sessionWarning(options?: SessionWarningOptions): SessionWarning
