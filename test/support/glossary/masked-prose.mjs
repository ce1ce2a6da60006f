// The prose of a Markdown text, place by place: all else is blotted out, so that an index here is an index there.
const BLOT = '\u0001'

/** `prose` has words alone; `withCode` has code spans too, but for those that begin an item of a list. */
export function maskedProse(text) {
  const withoutBlocks = blot(text, [
    /^[ \t]*```[\s\S]*?^[ \t]*```$/gm,
    // A sample that a program wrote is shown as it is.
    /<!-- made by [\s\S]*?<!-- end of [\s\S]*?-->/g,
    /<!--[\s\S]*?-->/g,
    /^#.*$/gm,
    // Cells are short; the text around a table says what stands in it.
    /^[ \t]*\|.*$/gm,
  ])
  const prose = withoutLinks(blot(withoutBlocks, [/`[^`\n]*(?:\n[^`\n]+)?`/g]))
  const withCode = blot(withoutLinks(withoutBlocks), [/^[ \t]*- (?:`[^`\n]*`(?:, | or )?)+/gm])
  return { prose, withCode }
}

/** Link texts are what they lead to: a link within one is not possible. */
function withoutLinks(text) {
  return blot(text, [/!?\[(?:[^[\]]|\[[^\]]*\])*\]\([^)]*\)/g, /<[^>\n]+>/g, /https?:\/\/\S+/g])
}

function blot(text, patterns) {
  return patterns.reduce((rest, pattern) => rest.replaceAll(pattern, (found) => found.replaceAll(/[^\n]/g, BLOT)), text)
}
