/** The ways a CIS2 session ends without the application's doing; each tells the applications by a logout token. */
import type { LogoutCause } from './tokens.js'

/**
 * What a page calls it, and what the logout token gives as `cause`, in AM's words. In the order of the page's buttons.
 */
export const TRIGGERS = {
  /** Ends only sessions that began with a smartcard. */
  'remove-smartcard': { label: 'Take the smartcard out', cause: 'SESSION_TERMINATION' },
  idle: { label: 'Idle for too long', cause: 'SESSION_IDLE_TIMEOUT' },
  maximum: { label: 'Longest time reached', cause: 'SESSION_MAX_TIMEOUT' },
  administrator: { label: 'Ended by an administrator', cause: 'SESSION_TERMINATION' },
} as const satisfies Record<string, { label: string; cause: LogoutCause }>

/** Names a trigger. */
export type TriggerName = keyof typeof TRIGGERS

/** All of them. */
export const TRIGGER_NAMES = Object.keys(TRIGGERS) as TriggerName[]
