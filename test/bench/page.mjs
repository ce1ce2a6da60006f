// docs/performance.md, section by section: a run that measures some of them replaces those, and says when.

/** The head, then each section from its heading on. */
const sectionsOf = (text) => text.split(/(?=^## )/m)
const headingOf = (section) => /^## .*$/m.exec(section)?.[0] ?? ''

/**
 * @param old - The page as it is.
 * @param fresh - What a run reports: the head, and the sections that it measured.
 * @param when - Stands in those sections when others stay as they are; undefined when all were measured.
 */
export function pageWith(old, fresh, when) {
  const measured = new Map(sectionsOf(fresh).map((section) => [headingOf(section), section]))
  if (when !== undefined) measured.delete('')
  const kept = sectionsOf(old).map((section) => {
    const heading = headingOf(section)
    const found = measured.get(heading)
    if (found === undefined) return section
    measured.delete(heading)
    return when === undefined ? found : found.replace(heading, () => `${heading}\n\n${when}`)
  })
  return [...kept, ...measured.values()].map((section) => section.trim()).join('\n\n')
}
