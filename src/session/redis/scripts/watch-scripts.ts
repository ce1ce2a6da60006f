/**
 * Scripts by which instances that watch sessions hear at once of every ending, whatever the number of sessions: a sorted set
 * of the names that have ended lately, numbered. It exists only while somebody watches, so it costs nothing otherwise.
 */
import { constants, script } from './script.js'
import { EVEN_WHEN_FULL } from './shared.js'

/** Endings that are kept to be heard of. An instance that misses some looks at everything that it watches. */
const MOST_HEARD = 5_000
/** How long nobody may listen before the list goes, in milliseconds. */
const LISTENED = 60_000

/** Tells whoever watches that sessions have ended. What keeps it from being told keeps nothing from ending. */
export const RING = `
${constants({ MOST_HEARD })}
local function ring(endings, name)
  if not endings or redis.call('EXISTS', endings) == 0 then return end
  local newest = redis.pcall('ZREVRANGE', endings, 0, 0, 'WITHSCORES')
  if newest.err then return end
  redis.pcall('ZADD', endings, (tonumber(newest[2]) or 0) + 1, name)
  redis.pcall('ZREMRANGEBYRANK', endings, 0, -MOST_HEARD - 1)
end
`

/** The same as a step of its own, where sessions are in other slots. */
export const ringAll = script(
  'ringAll',
  { keys: ['endings', 'nothing'], each: { keys: [], args: ['name'] } },
  EVEN_WHEN_FULL,
  RING,
  `
even_when_full(nothing)
for index = 1, #ARGV do ring(endings, ARGV[index]) end
return 1
`,
)

/** Hears what has ended since, and sees to it that further endings are told. Returns `{newest, names}`. */
export const hear = script(
  'hear',
  { keys: ['endings', 'nothing'], args: ['since'] },
  EVEN_WHEN_FULL,
  constants({ MOST_HEARD, LISTENED }),
  `
even_when_full(nothing)
local found = redis.pcall('ZREVRANGE', endings, 0, 0, 'WITHSCORES')
if found.err then
  if not string.find(found.err, 'WRONGTYPE', 1, true) then return found end
  redis.call('DEL', endings)
  found = {}
end
if #found == 0 then redis.call('ZADD', endings, 0, '') end
redis.call('PEXPIRE', endings, LISTENED)
return {tonumber(found[2]) or 0, redis.call('ZRANGEBYSCORE', endings, '(' .. since, '+inf', 'LIMIT', 0, MOST_HEARD)}
`,
)
