/** Lua functions that several scripts use. */
import { REASON_KEPT } from '../../backend.js'
import { constants } from './script.js'

/**
 * Deadlines. A session's field `i` is a list of idle deadlines, newest last: the last one counts,
 * and never beyond the session's last moment, field `x`. A read that slides
 * appends one, and may take it back (`unslide`) as long as others have not made it old; so two reads that both take
 * theirs back leave the session as if neither had been.
 */
export const DEADLINES = `
local function deadline(list, absolute)
  local idle, last = tonumber(string.match(list or '', '(%d+)$')), tonumber(absolute)
  return idle and last and math.min(idle, last)
end
`

/** Keeps a key alive at least so long. Never shortens: an older sign-in must not cut a newer one's index short. */
export const PROLONG = `
local function prolong(key, lifetime)
  if redis.call('PTTL', key) < lifetime then redis.call('PEXPIRE', key, lifetime) end
end
`

/** Runs a command; a key of another type in the way is removed first, so that nobody is locked out by it for good. */
export const OVERRIDE = `
local function override(command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if string.find(reply.err, 'WRONGTYPE', 1, true) then redis.call('DEL', key) end
  return redis.call(command, key, ...)
end
`

/**
 * Lets a script that ends sessions write although Redis is full: its memory limit is looked at before a script's first
 * write, unless that one only frees. What an ending writes is far less than what it frees.
 */
export const EVEN_WHEN_FULL = `
local function even_when_full(nothing)
  redis.call('DEL', nothing)
end
`

/**
 * Ends a session and takes it out of the indexes at hand; returns whether it was alive, and its note.
 * What stays is the tombstone: it tells the browser why, and keeps a creation that arrives late from bringing it back.
 */
export const RETIRE = `
${constants({ REASON_KEPT })}
local function retire(session, tombstone, name, sessions_of_user, reason, now)
  local s = redis.pcall('HMGET', session, 'i', 'x')
  if s.err then s = {} end
  local ends, at = deadline(s[1], s[2]), now
  local alive = ends ~= nil and now < ends
  if ends and not alive then
    at = ends
    reason = (ends >= tonumber(s[2])) and 'absolute' or 'idle'
  end
  redis.call('DEL', session)
  local e = override('HMGET', tombstone, 'n', 'i', 'r')
  override('ZREM', sessions_of_user, name)
  -- The server let the session go at its time: the tombstone knows the reason already.
  local over = not ends and (e[2] or e[3])
  if not over then
    -- Without memory for the tombstone the session is ended all the same.
    local kept = redis.pcall('HSET', tombstone, 'r', reason, 'at', at)
    if not (type(kept) == 'table' and kept.err) then
      redis.call('PEXPIRE', tombstone, math.max(1, at + REASON_KEPT - now))
    end
  end
  return alive, e[1]
end
`
