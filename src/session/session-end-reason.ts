/** Why a session ended; what `GET /session` tells for ten minutes, and what the audit stream says. */
export type SessionEndReason = 'sign-out' | 'idle' | 'absolute' | 'back-channel' | 'replaced' | 'administrator'
