/** Where a text stops being JSON. Node's parser tells it for some mistakes only, and in a sentence that quotes the text. */

/** `line 3, column 7:`, or `at its end (line 9):` for a text that breaks off. */
export function placeOfMistake(text: string): string {
  const at = lengthOfGoodBeginning(text)
  const before = text.slice(0, at).split('\n')
  const line = before.length
  return at >= text.trimEnd().length
    ? `at its end (line ${line}):`
    : `line ${line}, column ${(before.at(-1) ?? '').length + 1}:`
}

/** The longest beginning that could still become JSON, found by halving: a beginning of a good one is good. */
function lengthOfGoodBeginning(text: string): number {
  let [good, bad] = [0, text.length + 1]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (couldGoOn(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return good
}

function couldGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const message = (error as Error).message
    const place = /at position (\d+)/.exec(message)?.[1]
    return /end of JSON input|Unterminated/.test(message) || Number(place) >= beginning.length
  }
}
