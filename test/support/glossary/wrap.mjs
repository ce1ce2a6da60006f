// Lines of Markdown that became too long.
const WIDTH = 120
/** A line beyond this was never broken by hand. */
const UNBROKEN = 140
/** A code span or a link is not broken. */
const WORDS = /(?:!?\[[^\]]*\]\([^)]*\)|`[^`]*`|[^\s`[]|[`[])+/g
const BEGINS_A_BLOCK = /^\s*(?:$|[-*+] |\d+\. |#|\||>|```|<)/

/** The text, its paragraph broken anew from the line at `index` on, when that one is too long. */
export function wrapAt(text, index) {
  const lines = text.split('\n')
  const first = text.slice(0, index).split('\n').length - 1
  if (lines[first].length <= WIDTH) return text
  const next = lines.findIndex((line, at) => at > first && BEGINS_A_BLOCK.test(line))
  const end = next < 0 ? lines.length : next
  // A page that breaks no lines stays one.
  if (lines.slice(first + 1, end).some((line) => line.length > UNBROKEN)) return text
  const [indent = '', marker = ''] = (/^(\s*)((?:[-*+]|\d+\.) )?/.exec(lines[first]) ?? []).slice(1)
  const words =
    lines
      .slice(first, end)
      .join('\n')
      .slice(indent.length + marker.length)
      .match(WORDS) ?? []
  const broken = breakWords(words, WIDTH - indent.length - marker.length)
  const prefix = indent + ' '.repeat(marker.length)
  lines.splice(first, end - first, ...broken.map((line, at) => (at === 0 ? indent + marker : prefix) + line))
  return lines.join('\n')
}

function breakWords(words, width) {
  const lines = ['']
  for (const word of words) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`
    // What would begin a list stays where it is.
    if (longer.length <= width || /^(?:[-*+]|\d+\.)$/.test(word)) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
