/** Scripts that make a signed-in session. */
import { BATCH, OUTCOME_LIFETIME, REASON_KEPT } from '../../backend.js'
import { WRITTEN_FORMAT } from '../../record-format.js'
import { constants, script } from './script.js'
import { TOMBSTONE_SLACK } from './session-scripts.js'
import { OVERRIDE, PROLONG } from './shared.js'

/** Writes down whose sessions a `sid` may be; false when it was logged out. */
const CLAIM = `
local function claim(pointer, tag, lifetime)
  if override('HEXISTS', pointer, 'd') == 1 then return false end
  redis.call('HSET', pointer, 't:' .. tag, 1)
  prolong(pointer, lifetime)
  return true
end
`

/**
 * Writes down, in the slot of a `sid`, whose sessions it may be. Comes before the session itself, so that no session
 * exists which a logout of that `sid` cannot find. Refused when that `sid` was logged out.
 */
export const claimSid = script(
  'claimSid',
  { keys: ['pointer'], args: ['tag', 'claimFor'] },
  OVERRIDE,
  PROLONG,
  CLAIM,
  `return claim(pointer, tag, claimFor) and 1 or 0`,
)

/**
 * Takes names out of a user's index whose sessions are gone. By their age alone nobody can tell: `absoluteTimeoutSeconds`
 * may have been lowered, and a session that is in no index could not be found by a logout.
 */
export const forgetGone = script(
  'forgetGone',
  { keys: ['sessionsOfUser'], each: { keys: ['session'], args: ['name'] } },
  OVERRIDE,
  `
for _, one in ipairs(each) do
  if redis.call('EXISTS', one.session) == 0 then override('ZREM', sessionsOfUser, one.name) end
end
return 1
`,
)

/**
 * Makes a signed-in session: refused where a logout stands against it, never over an existing or ended one; index
 * before session, so that none can exist without. One that is to be alone is told of the others in the same step, so
 * that of two the later ends the earlier.
 *
 * Where all keys are on one server, two round trips are saved: the `sid` is claimed first, as by `claimSid`, and the
 * callback's answer is left for its duplicates, as by `settlePending`.
 *
 * Returns `{1, names of the others, whether there are more, older names, whether the answer was left}`, `{0}` when logged
 * out, `{2}` when the name is taken.
 */
export const signIn = script(
  'signIn',
  {
    keys: ['session', 'tombstone', 'sessionsOfUser', 'barredUser', 'nothing'],
    optionalKeys: ['sessionsOfSid', 'barredSid', 'sessionsWithoutSid', 'barredWithoutSid', 'pointer', 'outcome'],
    args: [
      ...([
        'name',
        'tag',
        'application',
        'sidName',
        'now',
        'ends',
        'absolute',
        'authTime',
        'oldestAuthTime',
        'alone',
      ] as const),
      ...(['claimFor', 'small', 'user', 'tokens', 'note', 'appData', 'answer'] as const),
    ],
  },
  OVERRIDE,
  PROLONG,
  CLAIM,
  constants({ BATCH, OUTCOME_LIFETIME, REASON_KEPT, SLACK: TOMBSTONE_SLACK, WRITTEN_FORMAT }),
  `
if barredSid and redis.call('EXISTS', barredSid) == 1 then return {0} end
local barred = override('GET', barredUser)
-- Of two in one second this may be the newer: a logout ends what it finds of that second, and bars what is older.
if barred and authTime < tonumber(barred) then return {0} end
barred = barredWithoutSid and override('GET', barredWithoutSid)
if barred and authTime < tonumber(barred) then return {0} end
if redis.call('EXISTS', session, tombstone) > 0 then return {2} end
if pointer and not claim(pointer, tag, claimFor) then return {0} end

override('ZADD', sessionsOfUser, authTime, name)
local older = redis.call('ZRANGEBYSCORE', sessionsOfUser, '-inf', '(' .. oldestAuthTime, 'LIMIT', 0, BATCH)
prolong(sessionsOfUser, absolute - now)
redis.call('HSET', tombstone, 'n', note, 'i', ends, 'x', absolute)
-- The slack for the renewals that a slide leaves out, and as much again to be read in.
redis.call('PEXPIRE', tombstone, ends - now + REASON_KEPT + 2 * SLACK)
if sessionsOfSid then
  redis.call('HSET', tombstone, 'd', sidName)
  override('SADD', sessionsOfSid, name)
  prolong(sessionsOfSid, absolute - now)
end
if sessionsWithoutSid then
  override('ZADD', sessionsWithoutSid, authTime, name)
  prolong(sessionsWithoutSid, absolute - now)
end
redis.call('HSET', session, 'i', ends, 'x', absolute, 'c', ends, 'm', small, 'u', user, 't', tokens, 'v', WRITTEN_FORMAT)
redis.call('PEXPIRE', session, ends - now)
if application ~= '' then redis.call('HSET', session, 'b', application) end
if appData ~= '' then redis.call('HSET', session, 'a', appData) end
if outcome then redis.call('SET', outcome, answer, 'PX', OUTCOME_LIFETIME) end

local others, more = {}, 0
if alone then
  local names = redis.call('ZRANGE', sessionsOfUser, 0, BATCH - 1)
  if #names == BATCH then more = 1 end
  for _, other in ipairs(names) do
    if other ~= name then others[#others + 1] = other end
  end
end
return {1, others, more, older, outcome and 1 or 0}
`,
)
