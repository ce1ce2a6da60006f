/** Scripts for the token to NHS APIs that a session keeps: its field `p`, and the one turn at changing it. */
import { API_TOKEN_TURN } from '../../api-token-store.js'
import { constants, script } from './script.js'
import { DEADLINES, OVERRIDE } from './shared.js'

/** Fields of a session that lives; nil, and an error of the server's where there is one, when there is none. */
const LIVE = `
local function live(session, now, ...)
  local fields = {'i', ...}
  fields[#fields + 1] = 'x'
  local s = redis.pcall('HMGET', session, unpack(fields))
  if s.err then
    if string.find(s.err, 'WRONGTYPE', 1, true) then return nil end
    return nil, s
  end
  local ends = deadline(s[1], s[#fields])
  if not ends or now >= ends then return nil end
  return s
end
`

/** Returns `{1, token}`, or `{0}` without a session. */
export const readApiToken = script(
  'readApiToken',
  { keys: ['session'], args: ['now'] },
  DEADLINES,
  LIVE,
  `
local s, failed = live(session, now, 'p')
if not s then return failed or {0} end
return {1, s[2] or ''}
`,
)

/** Returns `{1, tokens of CIS2}`, `{0}` without a session, `{2}` when the field is another, `{3}` when the turn is another's. */
export const claimApiToken = script(
  'claimApiToken',
  { keys: ['session', 'apiTokenTurn'], args: ['now', 'attempt', 'seen', 'kept'] },
  DEADLINES,
  LIVE,
  constants({ API_TOKEN_TURN }),
  `
local s, failed = live(session, now, 'p', 't')
if not s then return failed or {0} end
if (s[2] or '') ~= seen then return {2} end
-- Without a time of its own it is nobody's turn.
if redis.call('PTTL', apiTokenTurn) > 0 then return {3} end
redis.call('SET', apiTokenTurn, attempt, 'PX', API_TOKEN_TURN)
if kept ~= '' then redis.call('HSET', session, 'p', kept) end
return {1, s[3] or ''}
`,
)

export const prolongApiToken = script(
  'prolongApiToken',
  { keys: ['apiTokenTurn'], args: ['attempt'] },
  OVERRIDE,
  constants({ API_TOKEN_TURN }),
  `
if override('GET', apiTokenTurn) == attempt then redis.call('PEXPIRE', apiTokenTurn, API_TOKEN_TURN) end
return 1
`,
)

/** Never makes a session: one that has ended stays ended. Returns 1 when it was written. */
export const saveApiToken = script(
  'saveApiToken',
  { keys: ['session', 'apiTokenTurn'], args: ['now', 'attempt', 'seen', 'token'] },
  DEADLINES,
  OVERRIDE,
  LIVE,
  `
local s, failed = live(session, now, 'p')
if failed then return failed end
local written = 0
if s and (s[2] or '') == seen then
  redis.call('HSET', session, 'p', token)
  written = 1
end
if override('GET', apiTokenTurn) == attempt then redis.call('DEL', apiTokenTurn) end
return written
`,
)

export const dropApiToken = script(
  'dropApiToken',
  { keys: ['apiTokenTurn'], args: ['attempt'] },
  OVERRIDE,
  `
if override('GET', apiTokenTurn) == attempt then redis.call('DEL', apiTokenTurn) end
return 1
`,
)
