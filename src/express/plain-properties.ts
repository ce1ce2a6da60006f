/** Lets a request or response take properties cheaply. */

const FIRST = Symbol('first')
const SECOND = Symbol('second')

/** Node 24 brings the V8 that does not need this. */
const NEEDED = Number.parseInt(process.versions.node, 10) < 24

/**
 * Has V8 keep the properties of a request or response in a hash table.
 *
 * Express changes the prototype of both. From then on V8 gives each of them a hidden class of its own, and copies
 * that class for each property that Express, express-session and we add: twenty kilobytes a request, which stay until
 * the next full collection and made up a quarter of the processor time of a guarded request. A hash table takes
 * properties as they come. Removing one that is not the newest is what makes V8 change over; nothing else changes.
 */
export function keepPropertiesInTable(object: object): void {
  if (!NEEDED) return
  const marked: { [FIRST]?: true; [SECOND]?: true } = object
  marked[FIRST] = true
  marked[SECOND] = true
  Reflect.deleteProperty(object, FIRST)
  Reflect.deleteProperty(object, SECOND)
}
