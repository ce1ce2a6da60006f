/** Scripts on one session. */
import { MOST_DEADLINES, SETTLED_AFTER } from '../../backend.js'
import { NEWEST_FORMAT, WRITTEN_FORMAT } from '../../record-format.js'
import { constants, script } from './script.js'
import { DEADLINES, OVERRIDE, RETIRE } from './shared.js'
import { RING } from './watch-scripts.js'

/** Between two renewals of the tombstone's own deadline, in milliseconds; its lifetime allows for it. */
export const TOMBSTONE_SLACK = 30_000

/**
 * Reads a session and slides its idle time, in one step; a session that is over is removed, and why is told.
 *
 * Guarantees: judged by the caller's clock; never later than the absolute deadline; a late or repeated run never
 * shortens a deadline and never makes a key. Something of another type or shape in the session's place is removed, and so
 * is what a hand put back there after it had ended. Another application's session is none, and stays; so is one of a newer
 * format, for a newer release to read, unless it has ended.
 *
 * Returns `{1, until, granted, absolute, small, user, app data}`, `{0, reason, note}`, `{2, note}`, `{3}` for a newer format.
 */
export const read = script(
  'read',
  { keys: ['session', 'tombstone', 'sessionsOfUser'], args: ['name', 'application', 'now', 'idle'] },
  DEADLINES,
  OVERRIDE,
  RETIRE,
  constants({ SLACK: TOMBSTONE_SLACK, SETTLED_AFTER, MOST_DEADLINES, NEWEST_FORMAT }),
  `
local function over()
  local e = override('HMGET', tombstone, 'r', 'at', 'i', 'x', 'n', 'q')
  local reason, at = e[1], tonumber(e[2] or e[3])
  if not at then return {0, '', ''} end
  if not reason then
    -- The server let the key go at its time. Before that time it was taken away by a hand: that has no reason of ours.
    if now < at then return {0, '', ''} end
    reason = (at >= tonumber(e[4])) and 'absolute' or 'idle'
  end
  local note = ''
  if reason == 'absolute' and not e[6] and e[5] then
    redis.pcall('HSET', tombstone, 'q', 1)
    note = e[5]
  end
  if now >= at + REASON_KEPT + SLACK then reason = '' end
  return {0, reason, note}
end

local s = redis.pcall('HMGET', session, 'i', 'x', 'c', 'm', 'u', 'a', 'b', 'v')
local ends, x = nil, nil
if s.err then
  if not string.find(s.err, 'WRONGTYPE', 1, true) then return s end
else
  if s[7] and application ~= '' and s[7] ~= application then return {0, '', ''} end
  if string.match(s[8] or '', '^%d%d?%d?$') and tonumber(s[8]) > NEWEST_FORMAT then
    if override('HEXISTS', tombstone, 'r') == 0 then return {3} end
    redis.call('DEL', session)
    return over()
  end
  ends, x = deadline(s[1], s[2]), tonumber(s[2])
end
if not ends then
  if redis.call('EXISTS', session) == 0 then return over() end
  local _, note = retire(session, tombstone, name, sessionsOfUser, 'unreadable', now)
  return {2, note or ''}
end
local past = override('HMGET', tombstone, 'r', 'n')
if past[1] then
  redis.call('DEL', session)
  return over()
end
-- A signed-in session and its tombstone are made, and live, together.
if s[4] and not past[2] then
  retire(session, tombstone, name, sessionsOfUser, 'unreadable', now)
  return {2, ''}
end
if now >= ends then
  retire(session, tombstone, name, sessionsOfUser, '', now)
  return over()
end

local granted = 0
local wanted = math.min(now + idle, x)
if idle > 0 and wanted >= ends then
  local settled, recent = nil, {}
  for entry in string.gmatch(s[1], '%d+') do
    if tonumber(entry) <= wanted - SETTLED_AFTER then settled = entry else recent[#recent + 1] = entry end
  end
  if settled == nil then settled = table.remove(recent, 1) end
  if #recent >= MOST_DEADLINES - 2 then table.remove(recent, 1) end
  table.insert(recent, 1, settled)
  recent[#recent + 1] = wanted
  local deadlines = table.concat(recent, ' ')
  local done = redis.pcall('HSET', session, 'i', deadlines)
  -- Redis before 7 writes it with a dash in front.
  if type(done) == 'table' and done.err and string.find(done.err, 'OOM', 1, true) then
    -- Frees nothing, and lets the rest write although Redis is full: that is looked at before a script's first write.
    redis.call('HDEL', session, '-')
    done = redis.pcall('HSET', session, 'i', deadlines)
  end
  if type(done) == 'table' and done.err then
    -- Full after all: the session may end early, never late. Anything else (read only, say) is for the caller.
    if not string.find(done.err, 'OOM', 1, true) then return done end
  else
    granted, ends = wanted, wanted
    redis.call('PEXPIRE', session, wanted - now)
    local c = tonumber(s[3]) or 0
    if s[4] and (wanted - c >= SLACK or (wanted == x and c ~= x)) then
      redis.pcall('HSET', session, 'c', wanted)
      redis.pcall('HSET', tombstone, 'i', wanted, 'x', s[2])
      redis.call('PEXPIRE', tombstone, wanted - now + REASON_KEPT + SLACK)
    end
  end
end
return {1, ends, granted, x, s[4] or '', s[5] or '', s[6] or ''}
`,
)

/** Takes one granted deadline back. Deadlines granted to others stay, whichever order they came in. */
export const unslide = script(
  'unslide',
  { keys: ['session', 'tombstone'], args: ['granted', 'now'] },
  `
local list = redis.call('HGET', session, 'i')
if not list then return 0 end
local entries, at = {}, nil
for entry in string.gmatch(list, '%d+') do
  entries[#entries + 1] = entry
  if tonumber(entry) == granted then at = #entries end
end
-- The first entry is settled: what it granted is no longer anybody's to take back.
if at == nil or at == 1 then return 0 end
table.remove(entries, at)
-- As a read does, so that this works when Redis is full.
redis.call('HDEL', session, '-')
redis.call('HSET', session, 'i', table.concat(entries, ' '))
local ends = tonumber(entries[#entries])
redis.call('PEXPIRE', session, math.max(1, ends - now))
local c = tonumber(redis.call('HGET', session, 'c') or '0')
if c > ends and redis.call('EXISTS', tombstone) == 1 then
  redis.call('HSET', session, 'c', ends)
  redis.call('HSET', tombstone, 'i', ends)
end
return 1
`,
)

/** Writes the application's data into a session that lives. Never makes a key: a session that has ended stays ended. */
export const saveAppData = script(
  'saveAppData',
  { keys: ['session'], args: ['now', 'appData'] },
  DEADLINES,
  `
local s = redis.pcall('HMGET', session, 'i', 'x')
if s.err then
  if string.find(s.err, 'WRONGTYPE', 1, true) then return 0 end
  return s
end
local ends = deadline(s[1], s[2])
if not ends or now >= ends then return 0 end
redis.call('HSET', session, 'a', appData)
return 1
`,
)

/** Makes an anonymous session for the application's data. Refused where a session of that name has ended. */
export const createAnonymous = script(
  'createAnonymous',
  { keys: ['session', 'tombstone'], args: ['application', 'now', 'ends', 'absolute', 'appData'] },
  constants({ WRITTEN_FORMAT }),
  `
if redis.call('EXISTS', tombstone) == 1 then return 0 end
if redis.call('EXISTS', session) == 1 then
  redis.call('HSET', session, 'a', appData)
  return 1
end
redis.call('HSET', session, 'i', ends, 'x', absolute, 'a', appData, 'v', WRITTEN_FORMAT)
if application ~= '' then redis.call('HSET', session, 'b', application) end
redis.call('PEXPIRE', session, ends - now)
return 1
`,
)

/** Ends one session, signed in or not. Running it again changes nothing. Returns `{was alive, note}`. */
export const end = script(
  'end',
  {
    keys: ['session', 'tombstone', 'sessionsOfUser', 'nothing'],
    optionalKeys: ['endings'],
    args: ['name', 'reason', 'now'],
  },
  DEADLINES,
  OVERRIDE,
  RETIRE,
  RING,
  `
local alive, note = retire(session, tombstone, name, sessionsOfUser, reason, now)
if alive then ring(endings, name) end
return {alive and 1 or 0, note or ''}
`,
)

/** Reads the sealed tokens. */
export const readTokens = script(
  'readTokens',
  { keys: ['session'] },
  `
local t = redis.pcall('HGET', session, 't')
if type(t) == 'table' and t.err and string.find(t.err, 'WRONGTYPE', 1, true) then return '' end
return t or ''
`,
)
