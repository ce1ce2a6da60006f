/** What kind of server this is, by what it says of itself: many speak Redis's protocol, not all keep its promises. */

/** The answer of `INFO`, by name. */
export type Info = ReadonlyMap<string, string>

export function parseInfo(text: string): Info {
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':')
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const]
    }),
  )
}

/** The oldest Redis that the tests run on. */
const OLDEST_VERSION = [7, 0] as const

/** By the field that only that server has: its scripts are not atomic, so two of ours could run into each other. */
const NOT_ATOMIC: ReadonlyMap<string, string> = new Map([['garnet_version', 'Garnet']])

/** The name of a server that cannot keep sessions; undefined where nothing is known against it. */
export function unfitServer(info: Info): string | undefined {
  for (const [field, name] of NOT_ATOMIC) if (info.has(field)) return name
  return undefined
}

/** What is wrong with its version, or with the version of the Redis that it follows; undefined where nothing is. */
export function untriedVersion(info: Info): string | undefined {
  const version = info.get('redis_version')
  if (version === undefined) return undefined
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_VERSION
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined
  return `version ${version} is older than ${OLDEST_VERSION.join('.')}`
}
