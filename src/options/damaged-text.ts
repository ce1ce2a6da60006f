/** What usually has happened to a text on its way through environment files, secret stores and shells. */

/** The likely damage of a text; undefined when nothing looks like one. Says nothing of what the text holds. */
export function damageOf(text: string): string | undefined {
  if (/^(["'`]).*\1$/s.test(text)) return 'is in quotes; what sets it keeps them as part of the value: leave them out'
  if (/^(undefined|null|NaN|\[object .*\])$/.test(text)) {
    return `is the text "${text}": a value that was missing, or no text, was made one; is its environment variable set?`
  }
  return /^(\$\{.*\}|\$\(.*\)|\{\{.*\}\}|<.*>|%\w+%)$/.test(text)
    ? 'is a placeholder that nothing has replaced'
    : undefined
}
