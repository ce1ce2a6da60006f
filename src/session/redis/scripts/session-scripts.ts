/** Scripts on one session. */
import { script } from './script.js'
import { DEADLINES, OVERRIDE, RETIRE } from './shared.js'

/**
 * Reads a session and slides its idle time, in one step; a session that is over is removed, and why is told.
 *
 * Guarantees: judged by the caller's clock; never later than the absolute deadline; a late or repeated run never
 * shortens a deadline and never makes a key. Something of another type or shape in the session's place is removed.
 *
 * Keys: session, epitaph. Arguments: base, name, now, idle (0: do not slide), reason kept.
 * Answers `{1, until, granted, absolute, small, user, app data}`, `{0, reason, note}` or `{2, note}`.
 */
export const READ = script(
  'read',
  DEADLINES,
  OVERRIDE,
  RETIRE,
  `
local base, name, now, idle, keep = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
-- Between two renewals of the epitaph's own deadline; its lifetime allows for it.
local SLACK = 30000

local function over()
  local e = override('HMGET', KEYS[2], 'r', 'at', 'i', 'x', 'n', 'q')
  local reason, at = e[1], tonumber(e[2] or e[3])
  if not at then return {0, '', ''} end
  if not reason then
    -- The server let the key go at its time. Before that time it was taken away by a hand: that has no reason of ours.
    if now < at then return {0, '', ''} end
    reason = (at >= tonumber(e[4])) and 'absolute' or 'idle'
  end
  local note = ''
  if reason == 'absolute' and not e[6] and e[5] then
    redis.pcall('HSET', KEYS[2], 'q', 1)
    note = e[5]
  end
  if now >= at + keep + SLACK then reason = '' end
  return {0, reason, note}
end

local s = redis.pcall('HMGET', KEYS[1], 'i', 'x', 'c', 'm', 'u', 'a')
local ends, x = nil, nil
if s.err then
  if not string.find(s.err, 'WRONGTYPE', 1, true) then return s end
else
  ends, x = last(s[1]), tonumber(s[2])
end
if not (ends and x) then
  if redis.call('EXISTS', KEYS[1]) == 0 then return over() end
  local _, note = retire(base, name, 'unreadable', now, keep)
  return {2, note or ''}
end
if now >= ends then
  retire(base, name, '', now, keep)
  return over()
end

local granted = 0
local wanted = math.min(now + idle, x)
if idle > 0 and wanted >= ends then
  local settled, recent = nil, {}
  for entry in string.gmatch(s[1], '%d+') do
    if tonumber(entry) <= wanted - 5000 then settled = entry else recent[#recent + 1] = entry end
  end
  if settled == nil then settled = table.remove(recent, 1) end
  if #recent >= 30 then table.remove(recent, 1) end
  table.insert(recent, 1, settled)
  recent[#recent + 1] = wanted
  local done = redis.pcall('HSET', KEYS[1], 'i', table.concat(recent, ' '))
  if type(done) == 'table' and done.err then
    -- Out of memory: the session may end early, never late. Anything else (read only, say) is for the caller.
    if string.sub(done.err, 1, 3) ~= 'OOM' then return done end
  else
    granted, ends = wanted, wanted
    redis.call('PEXPIRE', KEYS[1], wanted - now)
    local c = tonumber(s[3]) or 0
    if s[4] and (wanted - c >= SLACK or (wanted == x and c ~= x)) then
      redis.pcall('HSET', KEYS[1], 'c', wanted)
      redis.pcall('HSET', KEYS[2], 'i', wanted, 'x', s[2])
      redis.call('PEXPIRE', KEYS[2], wanted - now + keep + SLACK)
    end
  end
end
return {1, ends, granted, x, s[4] or '', s[5] or '', s[6] or ''}
`,
)

/**
 * Takes one granted deadline back. Deadlines granted to others stay, whichever order they came in.
 *
 * Keys: session, epitaph. Arguments: granted, now.
 */
export const UNSLIDE = script(
  'unslide',
  DEADLINES,
  `
local list = redis.call('HGET', KEYS[1], 'i')
if not list then return 0 end
local entries, at = {}, nil
for entry in string.gmatch(list, '%d+') do
  entries[#entries + 1] = entry
  if entry == ARGV[1] then at = #entries end
end
-- The first entry is settled: what it granted is no longer anybody's to take back.
if at == nil or at == 1 then return 0 end
table.remove(entries, at)
redis.call('HSET', KEYS[1], 'i', table.concat(entries, ' '))
local ends = tonumber(entries[#entries])
redis.call('PEXPIRE', KEYS[1], math.max(1, ends - tonumber(ARGV[2])))
local c = tonumber(redis.call('HGET', KEYS[1], 'c') or '0')
if c > ends and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[1], 'c', ends)
  redis.call('HSET', KEYS[2], 'i', ends)
end
return 1
`,
)

/**
 * Writes the application's data into a session that lives. Never makes a key: a session that has ended stays ended.
 *
 * Keys: session. Arguments: now, app data.
 */
export const SAVE_APP_DATA = script(
  'saveAppData',
  DEADLINES,
  `
local s = redis.pcall('HGET', KEYS[1], 'i')
if type(s) == 'table' and s.err then
  if string.find(s.err, 'WRONGTYPE', 1, true) then return 0 end
  return s
end
local ends = last(s or nil)
if not ends or tonumber(ARGV[1]) >= ends then return 0 end
redis.call('HSET', KEYS[1], 'a', ARGV[2])
return 1
`,
)

/**
 * Makes an anonymous session for the application's data. Refused where a session of that name has ended.
 *
 * Keys: session, epitaph. Arguments: until, absolute, lifetime, app data.
 */
export const CREATE_ANONYMOUS = script(
  'createAnonymous',
  `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'a', ARGV[4])
  return 1
end
redis.call('HSET', KEYS[1], 'i', ARGV[1], 'x', ARGV[2], 'a', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`,
)

/**
 * Ends one session, signed in or not. Running it again changes nothing.
 *
 * Keys: session, epitaph. Arguments: base, name, reason, now, reason kept. Answers `{was alive, note}`.
 */
export const END = script(
  'end',
  DEADLINES,
  OVERRIDE,
  RETIRE,
  `
local alive, note = retire(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
return {alive and 1 or 0, note or ''}
`,
)

/** Reads the sealed tokens. Keys: session. */
export const READ_TOKENS = script(
  'readTokens',
  `
local t = redis.pcall('HGET', KEYS[1], 't')
if type(t) == 'table' and t.err and string.find(t.err, 'WRONGTYPE', 1, true) then return '' end
return t or ''
`,
)
