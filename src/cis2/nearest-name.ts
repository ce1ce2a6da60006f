/** Suggests what a misspelt name was meant to be. */

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
    const distance = editDistance(misspelt, candidate.toLowerCase())
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

function editDistance(from: string, to: string): number {
  let previousRow = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [rowIndex, letter] of Array.from(from).entries()) {
    const row = [rowIndex + 1]
    for (const [index, otherLetter] of Array.from(to).entries()) {
      const replaced = (previousRow[index] ?? 0) + (letter === otherLetter ? 0 : 1)
      row.push(Math.min(replaced, (previousRow[index + 1] ?? 0) + 1, (row[index] ?? 0) + 1))
    }
    previousRow = row
  }
  return previousRow.at(-1) ?? 0
}
