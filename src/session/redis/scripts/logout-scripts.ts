/** Scripts for the one use of a logout token. */
import { CLAIM_PENDING } from '../../backend.js'
import { constants, script } from './script.js'
import { EVEN_WHEN_FULL, OVERRIDE, PROLONG } from './shared.js'

const TAGS = `
local function tags_of(pointer)
  local tags = {}
  for _, field in ipairs(override('HKEYS', pointer)) do
    if string.sub(field, 1, 2) == 't:' then tags[#tags + 1] = string.sub(field, 3) end
  end
  return tags
end
`

const BAR = `
local function bar_sid(pointer, lifetime)
  override('HSET', pointer, 'd', 1)
  prolong(pointer, lifetime)
end
`

/**
 * Claims a logout token that names a `sid`: one attempt at a time, and none after one that is done. In the same step
 * the `sid` is barred from signing in, and the tags of its sessions are read.
 *
 * Returns `{1, tags}`, `{0}` while another attempt is under way, `{2}` when it is done.
 */
export const claimSidLogout = script(
  'claimSidLogout',
  { keys: ['claim', 'pointer', 'nothing'], args: ['attempt', 'bar'] },
  EVEN_WHEN_FULL,
  OVERRIDE,
  PROLONG,
  TAGS,
  BAR,
  constants({ CLAIM_PENDING }),
  `
local claimed = override('GET', claim)
if claimed == 'done' then return {2} end
if claimed then return {0} end
even_when_full(nothing)
bar_sid(pointer, bar)
redis.call('SET', claim, attempt, 'PX', CLAIM_PENDING)
return {1, tags_of(pointer)}
`,
)

/** Claims a logout token that names a `sub` only. Returns as above. */
export const claimSubLogout = script(
  'claimSubLogout',
  { keys: ['claim', 'nothing'], args: ['attempt'] },
  EVEN_WHEN_FULL,
  OVERRIDE,
  constants({ CLAIM_PENDING }),
  `
local claimed = override('GET', claim)
if claimed == 'done' then return {2} end
if claimed then return {0} end
even_when_full(nothing)
redis.call('SET', claim, attempt, 'PX', CLAIM_PENDING)
return {1, {}}
`,
)

/** Gives a claim back, unless another attempt has it by now. */
export const dropClaim = script(
  'dropClaim',
  { keys: ['claim'], args: ['attempt'] },
  `
if redis.call('GET', claim) == attempt then redis.call('DEL', claim) end
return 1
`,
)

/** Whose sessions a `sid` may be, which is barred from signing in. Returns tags. */
export const tagsOfSid = script(
  'tagsOfSid',
  { keys: ['pointer', 'nothing'], args: ['bar'] },
  EVEN_WHEN_FULL,
  OVERRIDE,
  PROLONG,
  TAGS,
  BAR,
  `
even_when_full(nothing)
bar_sid(pointer, bar)
return tags_of(pointer)
`,
)

/** Makes a claim final; `endNamed` does the same. */
export const settleClaim = script(
  'settleClaim',
  { keys: ['claim', 'nothing'], args: ['lifetime'] },
  EVEN_WHEN_FULL,
  `
even_when_full(nothing)
return redis.call('SET', claim, 'done', 'PX', lifetime)
`,
)
