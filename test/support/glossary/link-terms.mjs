// Terms of docs/glossary.md in a page: which stand there before a link to their entry, and the page with the links.
import { maskedProse } from './masked-prose.mjs'
import { TERMS } from './terms.mjs'
import { wrapAt } from './wrap.mjs'

/** Where each term first stands without a link before it, in the order of the page. `masked`: see `maskedProse`. */
export function unlinkedTerms(text) {
  const masked = maskedProse(text)
  return TERMS.flatMap(({ anchor, prose, code }) => {
    const first = firstOf(masked, text, prose, code)
    const linked = text.indexOf(`glossary.md#${anchor})`)
    return first === undefined || (linked >= 0 && linked < first.index) ? [] : [{ anchor, ...first }]
  }).sort((one, other) => one.index - other.index)
}

/** The text with a link at the first place of each term. `glossary`: the page's way to it. */
export function withTermsLinked(text, glossary) {
  let linked = text
  // From the end, so that places before stay where they are.
  for (const { anchor, index, words } of unlinkedTerms(text).reverse()) {
    const link = `[${words.replaceAll(/\s+/g, ' ')}](${glossary}#${anchor})`
    const rest = withoutLinksTo(anchor, linked.slice(index + words.length))
    linked = wrapAt(`${linked.slice(0, index)}${link}${rest}`, index)
  }
  return linked
}

/** One link is enough: those of before, further down, become words again. */
function withoutLinksTo(anchor, text) {
  return text.replaceAll(/\[([^[\]]*)\]\([\w./]*glossary\.md#([\w-]+)\)/g, (link, words, target) =>
    target === anchor ? words : link,
  )
}

/** Longer terms come first in the list of a term, and a place within a longer term of another is not this one's. */
function firstOf(masked, text, prose, code) {
  const places = [prose && prose.exec(masked.prose), code && code.exec(masked.withCode)].filter(Boolean)
  const [first] = places.sort((one, other) => one.index - other.index)
  return first && { index: first.index, words: text.slice(first.index, first.index + first[0].length) }
}
