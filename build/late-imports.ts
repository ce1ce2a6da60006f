/** What is loaded late. */

/**
 * Optional packages are required where they are asked for, and not in a function of its own: Jest has no `import()` in
 * CommonJS unless it is told to, and bundlers take a `require` for optional only when they see the `try` around it.
 * What an application names itself is imported, whatever kind of module it is.
 */
export const requireOptional = {
  name: 'require-optional',
  renderChunk: (code: string) => code.replaceAll(/\bimport\("([\w@][^"]*)"\)/g, asImported('require("$1")')),
}

/** What `import()` gives of a CommonJS module: its members, and all of it as `default`. */
function asImported(required: string): string {
  return `((all) => ({ ...all, default: all }))(${required})`
}
