/** The address of a Redis server, as an option. */
import { isDecodable } from '../primitives/is-decodable.js'

export const WANTED_REDIS = "must be a redis: or rediss: URL, an ioredis client or 'memory'"

/** What is wrong with the address; undefined when nothing is. Says nothing of the password. */
export function redisAddressProblem(text: string): string | undefined {
  if (!/^rediss?:\/\/[^/]/.test(text)) return WANTED_REDIS
  // The first of these ends user name, password and host; an @ behind it belongs to a password that holds one.
  if (/^rediss?:\/\/[^/?#]*[/?#].*@/.test(text)) {
    return 'has a password (or user name) with / ? or # in it: write them as %2F, %3F and %23, or hand in a client'
  }
  if (!URL.canParse(text)) return WANTED_REDIS
  const { username, password, pathname, search, hash } = new URL(text)
  // ioredis reads options out of a query, and they win over ours: a prefix there, or a time limit.
  if (search !== '' || hash !== '') return 'must end before its ? or #: options belong into an ioredis client'
  if (![username, password].every(isDecodable)) {
    return 'has a password (or user name) with a % that is none of %2F and the like: write it as %25'
  }
  return /^(\/\d*)?$/.test(pathname) ? undefined : 'names a database that is no number, such as redis://host:6379/0'
}
