/** What others hook over a response's own methods, and how to take it out again. */
import type { ServerResponse } from 'node:http'

const HOOKED = ['end', 'writeHead'] as const

/** Remembers a response's own methods, to take away what is hooked over them later; that says whether all could go. */
export function rememberMethods(res: ServerResponse): () => () => boolean {
  const before = new OwnMethods(res)
  return function hooked() {
    const after = new OwnMethods(res)
    return function unhook() {
      const now = new OwnMethods(res)
      let all = true
      for (const name of HOOKED) {
        // Somebody else has hooked in since: theirs would be lost.
        if (now[name] !== after[name]) {
          all = false
          continue
        }
        if (before[name] === undefined) Reflect.deleteProperty(res, name)
        else Reflect.set(res, name, before[name])
      }
      return all
    }
  }
}

/**
 * A response's own methods; undefined for one that it has from its prototype.
 *
 * A class, because V8 moves what an object literal makes to old memory when it finds much of it alive, as it does under
 * Express, and a response that old memory refers to stays until the next full collection with all that belongs to it.
 */
class OwnMethods {
  readonly end: unknown
  readonly writeHead: unknown

  constructor(res: ServerResponse) {
    this.end = ownMethod(res, 'end')
    this.writeHead = ownMethod(res, 'writeHead')
  }
}

/** Undefined where it is the prototype's. */
export function ownMethod(res: ServerResponse, name: (typeof HOOKED)[number]): unknown {
  return Object.hasOwn(res, name) ? Reflect.get(res, name) : undefined
}
