/** What users write when the password for Redis ends. */
import type { Cluster, Redis } from 'ioredis'

/** What Redis is shown to let the application in: what {@link RedisWithCredentials.credentials} resolves with. */
export interface RedisCredentials {
  /** The user's name. Default: that of the URL or of the client, else Redis's `default` user. */
  username?: string | undefined
  /** The password or token; never logged, and in no error or event. */
  password: string
  /**
   * When it ends. It is asked for again at 80 % of the time until then. Default: not known, and it is asked for again
   * when Redis refuses it.
   */
  expiresAt?: Date | undefined
}

/** A Redis whose password ends: a token of AWS IAM or Microsoft Entra ID, a secret that is rotated. */
export type RedisWithCredentials = (
  | {
      /** Where Redis is: `redis:` or `rediss:`, without a password. */
      url: string | undefined
    }
  | {
      /** An ioredis client (single, Sentinel or `Cluster`), which is duplicated and left alone. */
      client: Redis | Cluster
    }
) & {
  /**
   * Returns what to show Redis now. Called before the first connection, at 80 % of the life of what it returned, and when
   * Redis refuses that; about once a second at most. What it returns is used for every later connection, and shown on
   * those that are open, each server of a Cluster. It has 5 seconds. When it throws, is late or returns something else,
   * the last one stays in use, `health()` says `degraded`, the event `credentials.unavailable` is told, and it is called
   * again; without a last one, guards answer 503.
   *
   * @see [Redis, AUTH](https://redis.io/docs/latest/commands/auth/)
   */
  credentials: () => Promise<RedisCredentials>
}
