/** Scripts for the one use of a logout token. */
import { script } from './script.js'
import { EVEN_WHEN_FULL, OVERRIDE, PROLONG } from './shared.js'

/**
 * Claims a logout token that names a `sid`: one attempt at a time, and none after one that is done. In the same step
 * the `sid` is barred from signing in, and the tags of its sessions are read.
 *
 * Keys: claim, pointer. Arguments: attempt, pending (ms), lifetime of the bar (ms).
 * Answers `{1, tags}`, `{0}` while another attempt is under way, `{2}` when it is done.
 */
export const CLAIM_SID_LOGOUT = script(
  'claimSidLogout',
  EVEN_WHEN_FULL,
  OVERRIDE,
  PROLONG,
  `
local claimed = override('GET', KEYS[1])
if claimed == 'done' then return {2} end
if claimed then return {0} end
even_when_full()
override('HSET', KEYS[2], 'd', 1)
prolong(KEYS[2], tonumber(ARGV[3]))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local tags = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  if string.sub(field, 1, 2) == 't:' then tags[#tags + 1] = string.sub(field, 3) end
end
return {1, tags}
`,
)

/** Claims a logout token that names a `sub` only. Keys: claim. Arguments: attempt, pending (ms). Answers as above. */
export const CLAIM_SUB_LOGOUT = script(
  'claimSubLogout',
  EVEN_WHEN_FULL,
  OVERRIDE,
  `
local claimed = override('GET', KEYS[1])
if claimed == 'done' then return {2} end
if claimed then return {0} end
even_when_full()
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, {}}
`,
)

/** Gives a claim back, unless another attempt has it by now. Keys: claim. Arguments: attempt. */
export const DROP_CLAIM = script(
  'dropClaim',
  `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`,
)

/** Whose sessions a `sid` may be. Keys: pointer. Answers the hash's fields. */
export const TAGS_OF_SID = script(
  'tagsOfSid',
  OVERRIDE,
  `
local tags = {}
for _, field in ipairs(override('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 't:' then tags[#tags + 1] = string.sub(field, 3) end
end
return tags
`,
)

/** Makes a claim final. Keys: claim. Arguments: lifetime (ms). */
export const SETTLE_CLAIM = script(
  'settleClaim',
  EVEN_WHEN_FULL,
  `
even_when_full()
return redis.call('SET', KEYS[1], 'done', 'PX', ARGV[1])
`,
)
