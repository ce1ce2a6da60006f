/** Every parser that sees a stranger's bytes. */
import { cookie } from './cookie.js'
import { json } from './json.js'
import { jwks } from './jwks.js'
import { logoutToken } from './logout-token.js'
import { query } from './query.js'
import { redisReply } from './redis-reply.js'
import { returnTo } from './return-to.js'
import { state } from './state.js'
import type { FuzzTarget } from './target.js'

export const TARGETS: readonly FuzzTarget[] = [cookie, state, query, returnTo, logoutToken, json, jwks, redisReply]
