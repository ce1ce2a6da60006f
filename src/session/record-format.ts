/**
 * The format of a session's record, so that releases that run side by side do not destroy each other's sessions.
 *
 * Whoever changes what is sealed, or a field of a session's hash, in a way that the release before cannot read, raises
 * `NEWEST_FORMAT`, and `WRITTEN_FORMAT` one minor release later: see docs/releasing.md.
 */

/** The newest that this release reads; it reads the one before too. A newer one is no session here, and is left alone. */
export const NEWEST_FORMAT = 1

/** What this release writes: what the minor release before reads. */
export const WRITTEN_FORMAT = 1
