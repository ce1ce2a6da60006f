/** Who each connection says it is: read whenever one is made, and said again on those that are open when it has changed. */
import type { Cluster, Redis } from 'ioredis'

import { kindOf } from '../store-errors.js'
import { COMMAND_TIMEOUT, isCluster } from './client.js'
import type { RedisClient } from './client.js'
import { isSameLogin } from './credentials.js'
import type { Credentials, Login } from './credentials.js'
import { isReply } from './liveness.js'
import { replyWithin } from './reply-within.js'

/** Between two looks whether it has changed, in milliseconds. */
const LOOK_EVERY = 500
/** After Redis has refused it on an open connection, in milliseconds. */
const SAY_AGAIN = 5_000

export interface LoginKeeper {
  /** Whether an error says that Redis does not let us in, while what it may take is on its way. */
  mayPass(error: unknown): boolean
  /** The same error on an open connection: it no longer counts as one that Redis knows. */
  noticed(error: unknown, node: Redis): void
  close(): void
}

/**
 * @param client - A connection of our own, just made.
 * @param source - The application's client, whose user and password count; or the URL that says both.
 * @param credentials - Those count where there are some; `client` waits for the first.
 */
export function keepLogin(client: RedisClient, source: string | RedisClient, credentials?: Credentials): LoginKeeper {
  const theirs = typeof source === 'string' ? () => undefined : loginOf(source)
  /** What each connection has said. */
  const said = new WeakMap<Redis, Login>()
  const refused = new WeakMap<Redis, { readonly login: Login; readonly at: number }>()
  const saying = new WeakSet<Redis>()

  function keep(node: Redis): void {
    const own = pick(node.options)
    function current(): Login {
      const given = credentials?.current()
      const before = theirs(node) ?? own
      return given === undefined ? before : { ...given, username: given.username ?? before.username }
    }
    // ioredis reads them at every connect, and where it copies the options of a connection.
    Object.defineProperties(node.options, {
      username: { get: () => current().username, enumerable: true, configurable: true },
      password: { get: () => current().password, enumerable: true, configurable: true },
    })
    node.on('connecting', () => said.set(node, current()))
    node.on('ready', () => {
      if (isSameLogin(said.get(node), current())) credentials?.accepted()
      else void sayAgain(node)
    })
  }

  async function sayAgain(node: Redis): Promise<void> {
    const login = pick(node.options)
    const { username, password } = login
    if (node.status !== 'ready' || saying.has(node) || password === undefined) return
    if (isSameLogin(said.get(node), login) || wasRefused(node, login)) return
    saying.add(node)
    try {
      const reply = username === undefined ? node.auth(password) : node.auth(username, password)
      await replyWithin(reply, COMMAND_TIMEOUT)
      said.set(node, login)
      credentials?.accepted()
    } catch (error) {
      // What Redis refuses changes nothing: the connection stays who it was.
      if (isReply(error)) {
        refused.set(node, { login, at: performance.now() })
        credentials?.refused()
      }
    } finally {
      saying.delete(node)
    }
  }

  function wasRefused(node: Redis, login: Login): boolean {
    const last = refused.get(node)
    return last !== undefined && isSameLogin(last.login, login) && performance.now() - last.at < SAY_AGAIN
  }

  function look(): void {
    for (const node of isCluster(client) ? client.nodes('all') : [client]) void sayAgain(node)
  }

  if (isCluster(client)) {
    client.nodes('all').forEach(keep)
    client.on('+node', keep)
  } else {
    keep(client)
  }
  credentials?.onAnswer((error) => {
    if (error !== undefined) client.emit('error', error)
    else if (client.status === 'wait') client.connect().catch(function toldByEvent() {})
    else look()
  })
  // What an address says never changes.
  const timer = typeof source === 'string' && credentials === undefined ? undefined : setInterval(look, LOOK_EVERY)
  timer?.unref()

  return {
    mayPass(error) {
      if (!isRefusal(error)) return false
      credentials?.refused()
      return credentials?.awaited() ?? false
    },
    noticed(error, node) {
      if (!isRefusal(error)) return
      said.delete(node)
      credentials?.refused()
    },
    close() {
      clearInterval(timer)
    },
  }
}

function isRefusal(error: unknown): boolean {
  return ['WRONGPASS', 'NOAUTH'].includes(kindOf(error))
}

/** What an application's client says at this moment; undefined where it does not say. */
function loginOf(theirs: RedisClient): (node: Redis) => Login | undefined {
  return isCluster(theirs) ? loginOfCluster(theirs) : () => pick(theirs.options)
}

/** Whoever changes the password of a Cluster changes it for new connections, on each connection, or both. */
function loginOfCluster(theirs: Cluster): (node: Redis) => Login | undefined {
  const atFirst = pick(theirs.options.redisOptions)
  return function ofNode(node) {
    const now = pick(theirs.options.redisOptions)
    if (!isSameLogin(now, atFirst)) return now
    const { host, port } = node.options
    const twin = theirs.nodes('all').find(({ options }) => options.host === host && options.port === port)
    return twin && pick(twin.options)
  }
}

/** ioredis writes null for what is not there. */
function pick(options: Partial<Readonly<Record<keyof Login, string | null | undefined>>> = {}): Login {
  return { username: options.username ?? undefined, password: options.password ?? undefined }
}
