/** Which of the servers behind a client keeps a key. */
import { randomBytes } from 'node:crypto'

import { Command } from 'ioredis'
import type { Cluster, Redis } from 'ioredis'

import { isCluster } from './client.js'
import type { RedisClient } from './client.js'

/** A client that is no Cluster has one server, and a Cluster that is not there yet has this one too. */
export const THE_ONLY = ''

/** Enough to find a slot of a server among a thousand. */
const MOST_TAGS = 20_000

export interface Servers {
  /** The name of the server that keeps a key. */
  of(key: string): string
  /** Every server that keeps keys now. */
  all(): readonly string[]
  /** The connection to a server, when there is one. */
  nodeOf(server: string): Redis | undefined
  /** Every connection in use. */
  nodes(): readonly Redis[]
  /** Whether the Cluster lists a replica of a server; undefined where nobody says. */
  hasReplicas(key: string): boolean | undefined
  /** A new hash tag of keys that the server keeps; undefined when it keeps none (any more). */
  tagOn(server: string): string | undefined
}

export function createServers(client: RedisClient): Servers {
  return isCluster(client) ? clusterServers(client) : standaloneServer(client)
}

function standaloneServer(client: Redis): Servers {
  return {
    of: () => THE_ONLY,
    all: () => [THE_ONLY],
    nodeOf: () => client,
    nodes: () => [client],
    hasReplicas: () => undefined,
    tagOn: newTag,
  }
}

function clusterServers(cluster: Cluster): Servers {
  function listFor(key: string): readonly string[] {
    return cluster.slots[new Command('get', [key]).getSlot()] ?? []
  }
  function of(key: string): string {
    return listFor(key)[0] ?? THE_ONLY
  }
  return {
    of,
    all: () => [...new Set(cluster.slots.map((list) => list[0] ?? THE_ONLY))],
    nodeOf: (server) => cluster.nodes('master').find((node) => nameOf(node) === server),
    nodes: () => cluster.nodes('master'),
    hasReplicas: (key) => listFor(key).length > 1,
    tagOn(server) {
      for (let tries = 0; tries < MOST_TAGS; tries++) {
        const tag = newTag()
        if (of(`{${tag}}`) === server) return tag
      }
      return undefined
    },
  }
}

function nameOf({ options: { host, port } }: Redis): string {
  return `${String(host)}:${String(port)}`
}

/** As long as the tags of users. */
function newTag(): string {
  return randomBytes(16).toString('hex')
}
