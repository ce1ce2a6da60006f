/** Scripts that look at a user's sessions and change nothing. */
import { MOST_LISTED } from '../../backend.js'
import { constants, script } from './script.js'
import { DEADLINES } from './shared.js'

/** Names sessions of one user, newest sign-in first; some may be over. Something else in the index's place names none. */
export const namesListed = script(
  'namesListed',
  { keys: ['sessionsOfUser'] },
  constants({ MOST_LISTED }),
  `
local names = redis.pcall('ZREVRANGE', sessionsOfUser, 0, MOST_LISTED - 1)
if not names.err then return names end
if string.find(names.err, 'WRONGTYPE', 1, true) then return {} end
return names
`,
)

/**
 * Looks at named sessions of one user, without sliding them. For each `{ends, absolute, note}`, or `{0}` when it is over:
 * judged as `read` judges, by the caller's clock, and never alive where its end is written down.
 */
export const lookAt = script(
  'lookAt',
  { keys: ['sessionsOfUser'], args: ['now'], each: { keys: ['session', 'tombstone'], args: [] } },
  DEADLINES,
  `
local seen = {}
for index, one in ipairs(each) do
  local s = redis.pcall('HMGET', one.session, 'i', 'x')
  local e = redis.pcall('HMGET', one.tombstone, 'r', 'n')
  for _, reply in ipairs({s, e}) do
    if reply.err and not string.find(reply.err, 'WRONGTYPE', 1, true) then return reply end
  end
  local ends = deadline(s[1], s[2])
  local ended = not e.err and e[1]
  if ends and now < ends and not ended then
    seen[index] = {ends, tonumber(s[2]), not e.err and e[2] or ''}
  else
    seen[index] = {0}
  end
end
return seen
`,
)
