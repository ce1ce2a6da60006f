/** Scripts for a sign-in under way. */
import { CARRIED_REMEMBERED, OUTCOME_LIFETIME, PENDING_LIFETIME, RUNNING_LIFETIME } from '../../backend.js'
import { NEWEST_FORMAT } from '../../record-format.js'
import { constants, script } from './script.js'
import { OVERRIDE } from './shared.js'

/** Remembers a sign-in, and the application's data if there are any. */
export const rememberPending = script(
  'rememberPending',
  { keys: ['pending', 'pendingAppData'], args: ['record', 'appData'] },
  constants({ PENDING_LIFETIME }),
  `
redis.call('SET', pending, record, 'PX', PENDING_LIFETIME)
if appData ~= '' then redis.call('SET', pendingAppData, appData, 'PX', PENDING_LIFETIME) end
return 1
`,
)

/**
 * Takes a sign-in out, once. The first gets the record and leaves a mark that it is at work; whoever comes while the
 * mark stands waits, and afterwards gets what the first has answered.
 *
 * Returns `{1, record, app data}`, `{2, answer}`, `{3}` while the first is at work, `{0}` for nothing.
 */
export const takePending = script(
  'takePending',
  { keys: ['pending', 'pendingAppData', 'running', 'outcome'] },
  OVERRIDE,
  constants({ RUNNING_LIFETIME, NEWEST_FORMAT }),
  `
local answer = override('GET', outcome)
if answer then return {2, answer} end
local record = override('GET', pending)
local format = string.byte(record or '', 1) or 0
if format > NEWEST_FORMAT and format < 32 then return {0} end
if record then
  local data = override('GET', pendingAppData)
  redis.call('DEL', pending, pendingAppData)
  redis.call('SET', running, 1, 'PX', RUNNING_LIFETIME)
  return {1, record, data or ''}
end
if redis.call('EXISTS', running) == 1 then return {3} end
return {0}
`,
)

/**
 * Takes a sign-in that its browser carries, once: the mark stands for longer than the sign-in is good for, and while it
 * is young the first is at work. Returns `{1}`, and the rest as above.
 */
export const takeCarried = script(
  'takeCarried',
  { keys: ['running', 'outcome'] },
  OVERRIDE,
  constants({ CARRIED_REMEMBERED, RUNNING_LIFETIME }),
  `
local answer = override('GET', outcome)
if answer then return {2, answer} end
local left = redis.call('PTTL', running)
if left == -2 then
  redis.call('SET', running, 1, 'PX', CARRIED_REMEMBERED)
  return {1}
end
if left > CARRIED_REMEMBERED - RUNNING_LIFETIME then return {3} end
return {0}
`,
)

/** Leaves the first callback's answer for the others; `signIn` does the same. It counts before the mark, which goes by itself. */
export const settlePending = script(
  'settlePending',
  { keys: ['outcome'], args: ['answer'] },
  constants({ OUTCOME_LIFETIME }),
  `return redis.call('SET', outcome, answer, 'PX', OUTCOME_LIFETIME)`,
)

/** Forgets a sign-in. */
export const forgetPending = script(
  'forgetPending',
  { keys: ['pending', 'pendingAppData'] },
  `return redis.call('DEL', pending, pendingAppData)`,
)
