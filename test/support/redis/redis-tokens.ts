/** Tokens that a Redis takes for a while: each is a user of its own, so that ending one cuts whoever still rests on it. */
import { randomBytes } from 'node:crypto'

import type { RedisCredentials } from '../../../src/index.js'
import type { RedisServer } from './redis-server.js'

export interface RedisTokens {
  /** Everything that was ever given, for a look whether it shows anywhere. */
  readonly given: readonly string[]
  /** A new one, which all servers take. */
  issue(): Promise<RedisCredentials & { readonly username: string }>
  /** Ends one: connections that rest on it are cut. */
  end(token: Pick<RedisCredentials, 'username'>): Promise<void>
  /** Who our connections are, by their user's name, sorted; each with the connection's number. */
  connections(): Promise<readonly { readonly user: string; readonly id: string }[]>
}

export function redisTokens(servers: readonly Pick<RedisServer, 'admin'>[]): RedisTokens {
  const given: string[] = []
  let count = 0
  return {
    given,
    async issue() {
      count += 1
      const [username, password] = [`clinic-${String(count)}`, randomBytes(24).toString('base64url')]
      given.push(password)
      const rights = ['~*', '&*', '+@all']
      await Promise.all(
        servers.map(({ admin }) => admin.call('ACL', 'SETUSER', username, 'on', `>${password}`, ...rights)),
      )
      return { username, password }
    },
    async end({ username }) {
      await Promise.all(servers.map(({ admin }) => admin.call('ACL', 'DELUSER', String(username))))
    },
    async connections() {
      const lists = await Promise.all(servers.map(({ admin }) => admin.call('CLIENT', 'LIST')))
      return lists
        .flatMap((list) => String(list).trim().split('\n'))
        .map((line) => ({ user: memberOf(line, 'user'), id: `${memberOf(line, 'laddr')} ${memberOf(line, 'id')}` }))
        .filter(({ user }) => user.startsWith('clinic'))
        .sort((one, other) => one.id.localeCompare(other.id))
    },
  }
}

function memberOf(line: string, name: string): string {
  return new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? ''
}
