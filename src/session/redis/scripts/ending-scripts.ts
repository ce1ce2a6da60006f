/**
 * Scripts that end sessions by `sid` and by `sub`, in two steps: the first bars further sign-ins and says which sessions
 * there are, the second ends those by name. What signs in between the two is barred, or newer than what was asked for.
 */
import { BATCH } from '../../backend.js'
import { constants, script } from './script.js'
import { DEADLINES, EVEN_WHEN_FULL, OVERRIDE, RETIRE } from './shared.js'
import { RING } from './watch-scripts.js'

/** Names sessions of one `sid`, at most a batch, and bars it. */
export const namesOfSid = script(
  'namesOfSid',
  { keys: ['sessionsOfSid', 'barredSid', 'nothing'], args: ['bar'] },
  EVEN_WHEN_FULL,
  OVERRIDE,
  constants({ BATCH }),
  `
even_when_full(nothing)
if bar > 0 then redis.call('SET', barredSid, 1, 'PX', bar) end
return override('SRANDMEMBER', sessionsOfSid, BATCH)
`,
)

/** Names sessions of one user, at most a batch, oldest sign-in first, and bars older sign-ins. */
export const namesOfUser = script(
  'namesOfUser',
  { keys: ['sessionsOfUser', 'barredUser', 'nothing'], args: ['upTo', 'bar'] },
  EVEN_WHEN_FULL,
  OVERRIDE,
  constants({ BATCH }),
  `
even_when_full(nothing)
if bar > 0 then
  local barred = tonumber(override('GET', barredUser) or '0')
  redis.call('SET', barredUser, math.max(barred, upTo), 'PX', bar)
end
local most = upTo == math.huge and '+inf' or upTo
return override('ZRANGEBYSCORE', sessionsOfUser, '-inf', most, 'LIMIT', 0, BATCH)
`,
)

/**
 * Ends sessions of one user that were named, and (where it is on the same server) makes the claim of the logout token
 * final that asked for it. Returns notes of those that were alive.
 */
export const endNamed = script(
  'endNamed',
  {
    keys: ['sessionsOfUser', 'nothing'],
    optionalKeys: ['sessionsOfSid', 'claim', 'endings'],
    args: ['reason', 'now', 'lifetime'],
    each: { keys: ['session', 'epitaph'], args: ['name'] },
  },
  DEADLINES,
  EVEN_WHEN_FULL,
  OVERRIDE,
  RETIRE,
  RING,
  `
even_when_full(nothing)
local notes = {}
for _, one in ipairs(each) do
  local alive, note = retire(one.session, one.epitaph, one.name, sessionsOfUser, sessionsOfSid, reason, now)
  if alive then
    notes[#notes + 1] = note or ''
    ring(endings, one.name)
  end
end
if claim then redis.call('SET', claim, 'done', 'PX', lifetime) end
return notes
`,
)
