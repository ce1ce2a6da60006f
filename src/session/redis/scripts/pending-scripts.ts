/** Scripts for a sign-in under way. */
import { script } from './script.js'
import { OVERRIDE } from './shared.js'

/** Remembers a sign-in. Keys: record, app data. Arguments: lifetime (ms), record, app data ('' for none). */
export const REMEMBER = script(
  'rememberPending',
  `
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])
if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[1]) end
return 1
`,
)

/**
 * Takes a sign-in out, once. The first gets the record and leaves a mark that it is at work; whoever comes while the
 * mark stands waits, and afterwards gets what the first has answered.
 *
 * Keys: record, app data, mark, outcome. Arguments: lifetime of the mark (ms).
 * Answers `{1, record, app data}`, `{2, outcome}`, `{3}` while the first is at work, `{0}` for nothing.
 */
export const TAKE = script(
  'takePending',
  OVERRIDE,
  `
local outcome = override('GET', KEYS[4])
if outcome then return {2, outcome} end
local record = override('GET', KEYS[1])
if record then
  local data = override('GET', KEYS[2])
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('SET', KEYS[3], 1, 'PX', ARGV[1])
  return {1, record, data or ''}
end
if redis.call('EXISTS', KEYS[3]) == 1 then return {3} end
return {0}
`,
)

/**
 * Takes a sign-in that its browser carries, once: the mark stands for longer than the sign-in is good for, and while it
 * is young the first is at work.
 *
 * Keys: mark, outcome. Arguments: lifetime of the mark (ms), how long the first may be at work (ms).
 * Answers `{1}`, and the rest as above.
 */
export const TAKE_CARRIED = script(
  'takeCarried',
  OVERRIDE,
  `
local outcome = override('GET', KEYS[2])
if outcome then return {2, outcome} end
local left = redis.call('PTTL', KEYS[1])
if left == -2 then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
  return {1}
end
if left > tonumber(ARGV[1]) - tonumber(ARGV[2]) then return {3} end
return {0}
`,
)

/**
 * Leaves the first callback's answer for the others; `signIn` does the same. It counts before the mark, which goes by
 * itself. Keys: outcome. Arguments: lifetime (ms), outcome.
 */
export const SETTLE = script('settlePending', `return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])`)

/** Forgets a sign-in. Keys: record, app data. */
export const FORGET = script('forgetPending', `return redis.call('DEL', KEYS[1], KEYS[2])`)
