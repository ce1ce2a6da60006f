/** A token for NHS APIs as a session keeps it. */

/** Everything that is known of one token; times are epoch milliseconds. */
export interface ApiToken {
  readonly accessToken: string
  readonly expiresAt: number
  /** Works once; undefined when there is none, or when it has been sent. */
  readonly refreshToken: string | undefined
  readonly refreshExpiresAt: number
  /** The role that the ID token was got with. */
  readonly roleId: string
  /** Whose token it is: another platform never sees it. */
  readonly tokenEndpoint: string
  /** When the ID token was exchanged: a refresh leaves it as it is. */
  readonly exchangedAt: number
  readonly idTokenExpiresAt: number
}

/** A token is used while it has so long to live, in milliseconds: a call takes its time. */
export const LEAST_LIFE_MS = 60_000

/** What a token must have been made for. */
export interface Owner {
  readonly roleId: string
  readonly tokenEndpoint: string
}

/** Reads what {@link textOfToken} wrote; undefined when it is anything else, or another role's or platform's. */
export function parseToken(text: string | undefined, owner: Owner): ApiToken | undefined {
  if (text === undefined) return undefined
  // It was sealed by us: it is JSON.
  const token = JSON.parse(text) as ApiToken
  return token.roleId === owner.roleId && token.tokenEndpoint === owner.tokenEndpoint ? token : undefined
}

export function textOfToken(token: ApiToken): string {
  return JSON.stringify(token)
}

export function isUsable(token: ApiToken | undefined, now: number): token is ApiToken {
  return token !== undefined && token.expiresAt - now >= LEAST_LIFE_MS
}

/** The same without its refresh token, which is about to be sent: nobody may send it again. */
export function withoutRefresh(token: ApiToken): ApiToken {
  return { ...token, refreshToken: undefined }
}
