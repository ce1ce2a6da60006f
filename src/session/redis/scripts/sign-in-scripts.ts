/** Scripts that make a signed-in session, and that end sessions by `sid` and by `sub`. */
import { script } from './script.js'
import { DEADLINES, EVEN_WHEN_FULL, OVERRIDE, PROLONG, RETIRE } from './shared.js'

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
 *
 * Keys: pointer. Arguments: tag, lifetime.
 */
export const CLAIM_SID = script(
  'claimSid',
  OVERRIDE,
  PROLONG,
  CLAIM,
  `
return claim(KEYS[1], ARGV[1], tonumber(ARGV[2])) and 1 or 0
`,
)

/**
 * Makes a signed-in session: refused where a logout stands against it, never over an existing or ended one; index
 * before session, so that none can exist without. Of two that are to be alone, the later ends the earlier.
 *
 * Where all keys are on one server, two round trips are saved: the `sid` is claimed first, as by `claimSid`, and the
 * callback's answer is left for its duplicates, as by `settlePending`.
 *
 * Keys: session, epitaph, pointer (with a lifetime of the claim), outcome (with an outcome). Arguments: base, name, now,
 * until, absolute, small, user, tokens, app data, note, sid, auth_time, alone, oldest auth_time, reason kept, batch, tag,
 * lifetime of the claim (or 0); with an outcome: outcome, its lifetime.
 * Answers `{1, more, notes of ended sessions, whether the outcome was left}`, `{0}` when logged out, `{2}` when the name is taken.
 */
export const SIGN_IN = script(
  'signIn',
  DEADLINES,
  OVERRIDE,
  PROLONG,
  RETIRE,
  CLAIM,
  `
local base, name, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local ends, x, sid, auth_time = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[11], tonumber(ARGV[12])
local keep, batch = tonumber(ARGV[15]), tonumber(ARGV[16])
if sid ~= '' and redis.call('EXISTS', base .. 'd:' .. sid) == 1 then return {0} end
local barred = override('GET', base .. 'k')
-- Of two in one second this may be the newer: a logout ends what it finds of that second, and bars what is older.
if barred and auth_time < tonumber(barred) then return {0} end
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then return {2} end
local claimed_for = tonumber(ARGV[18])
if claimed_for > 0 and not claim(KEYS[3], ARGV[17], claimed_for) then return {0} end

local index = base .. 'u'
override('ZADD', index, auth_time, name)
redis.call('ZREMRANGEBYSCORE', index, '-inf', '(' .. ARGV[14])
prolong(index, x - now)
redis.call('HSET', KEYS[2], 'n', ARGV[10], 'i', ends, 'x', ARGV[5])
-- 30 s for the renewals that a slide leaves out, and as much again to be read in.
redis.call('PEXPIRE', KEYS[2], ends - now + keep + 60000)
if sid ~= '' then
  redis.call('HSET', KEYS[2], 'd', sid)
  override('SADD', base .. 'i:' .. sid, name)
  prolong(base .. 'i:' .. sid, x - now)
end
redis.call('HSET', KEYS[1], 'i', ARGV[4], 'x', ARGV[5], 'c', ends, 'm', ARGV[6], 'u', ARGV[7], 't', ARGV[8])
redis.call('PEXPIRE', KEYS[1], ends - now)
if ARGV[9] ~= '' then redis.call('HSET', KEYS[1], 'a', ARGV[9]) end
if ARGV[19] then redis.call('SET', KEYS[#KEYS], ARGV[19], 'PX', ARGV[20]) end

local others, more = {}, 0
if ARGV[13] == '1' then
  others = redis.call('ZRANGE', index, 0, batch)
  if #others > batch then more = 1 end
end
return {1, more, retire_all(base, others, name, 'replaced', now, keep), ARGV[19] and 1 or 0}
`,
)

/**
 * Ends sessions of one `sid`, at most a batch.
 *
 * Keys: index of the sid, nothing. Arguments: base, sid, bar (ms, 0: none), reason, now, reason kept, batch.
 * Answers `{more, notes}`.
 */
export const END_OF_SID = script(
  'endOfSid',
  DEADLINES,
  EVEN_WHEN_FULL,
  OVERRIDE,
  RETIRE,
  `
even_when_full()
if tonumber(ARGV[3]) > 0 then redis.call('SET', ARGV[1] .. 'd:' .. ARGV[2], 1, 'PX', ARGV[3]) end
local names = override('SPOP', KEYS[1], ARGV[7])
local notes = retire_all(ARGV[1], names, nil, ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]))
return {#names >= tonumber(ARGV[7]) and 1 or 0, notes}
`,
)

/**
 * Ends sessions of one user, at most a batch, oldest sign-in first.
 *
 * Keys: index of the user, nothing. Arguments: base, up to (auth_time or +inf), bar (ms, 0: none), except, reason, now, reason
 * kept, batch. Answers `{more, notes}`.
 */
export const END_OF_USER = script(
  'endOfUser',
  DEADLINES,
  EVEN_WHEN_FULL,
  OVERRIDE,
  RETIRE,
  `
even_when_full()
if tonumber(ARGV[3]) > 0 then
  local mark = ARGV[1] .. 'k'
  local barred = tonumber(override('GET', mark) or '0')
  redis.call('SET', mark, math.max(barred, tonumber(ARGV[2])), 'PX', ARGV[3])
end
local names = override('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, tonumber(ARGV[8]) + 1)
local notes = retire_all(ARGV[1], names, ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]))
return {#names > tonumber(ARGV[8]) and 1 or 0, notes}
`,
)
