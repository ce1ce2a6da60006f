/** Whether Redis does what sessions need: the same canary as at the start of `cis2Auth`, on every server. */
import { createCanary } from '../../session/redis/canary.js'
import type { RedisClient } from '../../session/redis/client.js'
import { evaluateText } from '../../session/redis/evaluate.js'
import { createKeys } from '../../session/redis/keys.js'
import { replyWithin } from '../../session/redis/reply-within.js'
import type { ScriptCall } from '../../session/redis/scripts/script.js'
import { createServers } from '../../session/redis/servers.js'
import { kindOf } from '../../session/store-errors.js'
import { messageOf } from '../io.js'
import { type Finding, ok, problem } from './findings.js'

/** Longest wait for one reply, in milliseconds. */
const LIMIT_MILLISECONDS = 2_000

/** What the canary makes goes at once: shows a full, read-only or restricted server, and a right that only a logout needs. */
export async function checkWriting(client: RedisClient, keyPrefix: string): Promise<Finding> {
  const calls: ScriptCall[] = []
  const fly = createCanary(createKeys(keyPrefix), Date.now)
  const servers = createServers(client)

  function run(call: ScriptCall): Promise<unknown> {
    calls.push(call)
    return replyWithin(evaluateText(client, call), LIMIT_MILLISECONDS)
  }

  try {
    for (const server of servers.all()) {
      const tag = servers.tagOn(server)
      // Its kind has been looked at.
      if (tag !== undefined) await fly(run, tag, () => Promise.resolve(''))
    }
    return ok('redis-writing', 'everything that is done for a user works, from sign-in to logout')
  } catch (error) {
    return explained(error, keyPrefix, await commandsRefused(client, calls))
  }
}

function explained(error: unknown, keyPrefix: string, refused: readonly string[]): Finding {
  const kind = kindOf(error)
  if (kind === 'OOM') {
    const cause = 'Nobody can sign in; who is signed in carries on, and can sign out.'
    return problem('redis-writing', 'memory is full', cause, 'Raise maxmemory, or find what fills it.')
  }
  const cause = 'Nobody can sign in: cis2Auth tries the same before the first sign-in.'
  if (kind !== 'NOPERM') {
    return problem('redis-writing', `refused: ${messageOf(error)}`, cause, 'See what Redis says; its log has more.')
  }
  const rights = `~${keyPrefix}*: +@all -@admin -@dangerous +info`
  if (refused.length === 0) {
    const message = 'this user may not run scripts, or not write these keys'
    return problem('redis-writing', message, cause, `Allow the user scripts, reads and writes on ${rights}.`)
  }
  const cure = `Allow ${refused.map((command) => `+${command}`).join(' ')}, or on ${rights}.`
  return problem('redis-writing', `this user may not run ${refused.join(', ')}`, cause, cure)
}

/** Tries a command with more and more operands until their number is no longer what is wrong with it. */
const TRY_EACH = `
local key = unpack(KEYS)
local refused = {}
for _, command in ipairs(ARGV) do
  local operands = {}
  for _ = 1, 4 do
    local reply = redis.pcall(command, key, unpack(operands))
    local problem = type(reply) == 'table' and reply.err or ''
    if not string.find(problem, 'umber of arg') then
      if string.find(problem, "an't run this command") or string.find(problem, 'NOPERM') then
        refused[#refused + 1] = command
      end
      break
    end
    operands[#operands + 1] = '0'
  end
end
redis.call('DEL', key)
return refused`

/** Before version 7.2 Redis does not say which command of a script it refuses. Empty where that cannot be found out. */
async function commandsRefused(client: RedisClient, calls: readonly ScriptCall[]): Promise<readonly string[]> {
  const [key] = calls.at(-1)?.keys ?? []
  if (key === undefined) return []
  const lua = calls.map(({ script }) => script.lua).join('\n')
  const commands = new Set(
    [...lua.matchAll(/(?:call|override)\('([A-Z]+)'/g)].map(([, name = '']) => name.toLowerCase()),
  )
  try {
    const reply = await replyWithin(client.eval(TRY_EACH, 1, `${key}:doctor`, ...commands), LIMIT_MILLISECONDS)
    return Array.isArray(reply) ? reply.map(String) : []
  } catch {
    return []
  }
}
