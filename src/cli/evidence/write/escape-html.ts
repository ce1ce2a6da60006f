/** For HTML and SVG. */
import Mustache from 'mustache'

// Taken when this module is loaded: `Mustache.escape` is one for the whole process, and applications replace it for mail.
const { escape } = Mustache

/** Mustache's, but for the two that no attribute in quotes and no text needs: addresses stay readable in the source. */
export function escapeHtml(text: unknown): string {
  return escape(String(text)).replaceAll('&#x2F;', '/').replaceAll('&#x3D;', '=')
}
