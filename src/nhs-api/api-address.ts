/** Which address of the API platform a call goes to; judged as text, before a URL parser repairs it. */
import { ApiRequestError } from '../errors.js'
import { isDecodable } from '../primitives/is-decodable.js'

/** RFC 3986, section 3.3: characters of a path, as they are or percent-encoded. */
const PATH = /^(?:\/[\w.~!$&'()*+,;=:@%-]*)+$/
/** The same, section 3.4, and what URLs of FHIR searches carry unencoded. */
const QUERY = /^[\w.~!$&'()*+,;=:@%/?|[\]"<>^`{}-]*$/

/** A dot, slash, backslash or control character, encoded once or again and again. */
const DISGUISED = /%(?:25)*(?:2e|2f|5c|[01][\da-f]|7f)/i

/**
 * The address to call.
 *
 * Throws {@link ApiRequestError} for anything that is not a plain path of the platform's origin, or an address on it: a
 * path often holds what a user has sent (`/Patient/${req.params.id}`), and `../` in it must not reach another API. The
 * message shows nothing of it.
 *
 * @param target - A path that begins with one slash, or an absolute address on the origin.
 * @param origin - `https://api.service.nhs.uk`.
 */
export function parseApiAddress(target: unknown, origin: string): string {
  const text = target instanceof URL ? target.href : target
  if (typeof text !== 'string') throw new ApiRequestError('The API to call must be given as a path or an address.')
  const local = text.startsWith(`${origin}/`) ? text.slice(origin.length) : text
  if (!local.startsWith('/')) {
    throw new ApiRequestError(`The API to call must be a path that begins with a slash, or be on ${origin}.`)
  }
  const at = local.search(/[?#]/)
  const path = at === -1 ? local : local.slice(0, at)
  const query = at === -1 ? '' : local.slice(at + 1)
  const problem = pathProblem(path)
  if (problem !== undefined) throw new ApiRequestError(`The path of the API to call ${problem}.`)
  if (local[at] === '#' || !QUERY.test(query)) {
    throw new ApiRequestError('The API to call has a fragment, or a query with characters that must be encoded.')
  }
  return origin + local
}

function pathProblem(path: string): string | undefined {
  if (!PATH.test(path)) return 'has characters that must be encoded'
  // An overlong slash (`%c0%af`) is one to some servers.
  if (!isDecodable(path)) return 'has a percent sign that encodes nothing'
  if (DISGUISED.test(path)) return 'has an encoded dot, slash, backslash or control character'
  const parts = path.slice(1).split('/')
  // Some servers drop what follows the semicolon, and see the dots then.
  if (parts.some((part) => /^\.{1,2}(?:;|$)/.test(part))) return 'has dot segments'
  return parts.slice(0, -1).includes('') ? 'has empty segments' : undefined
}
