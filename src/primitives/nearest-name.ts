/** Suggests what a misspelt name was meant to be. */
import { distance } from 'fastest-levenshtein'

/**
 * The known name that takes the fewest edits to reach from the given one (Levenshtein distance).
 * For messages about the developer's own spelling, at start-up only.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  // A name longer than any of ours is no misspelling: its beginning is enough to compare.
  const misspelt = name.slice(0, 64).toLowerCase()
  let nearest: string | undefined
  let least = Infinity
  for (const candidate of known) {
    const edits = distance(misspelt, candidate.toLowerCase())
    if (edits < least) {
      least = edits
      nearest = candidate
    }
  }
  return nearest
}
