/** How a page says when something was. */

/** `2026-11-28 09:41:07 UTC`, from a time as ISO 8601 or in epoch milliseconds. */
export function shownTime(time: string | number): string {
  return new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}
