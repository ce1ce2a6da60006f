/** Lets a request or response take properties cheaply. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Node 24 brings the V8 that does not need this. */
const NEEDED = Number.parseInt(process.versions.node, 10) < 24

/**
 * Has V8 keep the properties of a request and its response in hash tables.
 *
 * Express changes the prototype of both. From then on V8 gives each of them a hidden class of its own, and copies
 * that class for each property that Express, express-session and we add: twenty kilobytes a request, which stay until
 * the next full collection and made up a quarter of the processor time of a guarded request. A hash table takes
 * properties as they come. Removing one that is not the newest is what makes V8 change over; nothing else changes.
 */
export function keepPropertiesInTables(req: IncomingMessage, res: ServerResponse): void {
  if (!NEEDED) return
  redefine(req, 'url')
  redefine(res, 'sendDate')
}

/** Takes a property out and puts it back; one that is not as Node made it stays. */
function redefine<T extends object>(object: T, name: string & keyof T): void {
  const found = Object.getOwnPropertyDescriptor(object, name)
  if (found?.configurable !== true || found.writable !== true || found.enumerable !== true) return
  Reflect.deleteProperty(object, name)
  object[name] = found.value as T[typeof name]
}
