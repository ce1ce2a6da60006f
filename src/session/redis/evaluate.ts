/** Runs scripts as commands that ioredis defines: by their hash, and as text where the server does not know them (yet). */
import type { RedisClient } from './client.js'
import type { ScriptCall, ScriptText } from './scripts/script.js'

type Command = (...operands: (string | number | Buffer)[]) => Promise<unknown>

/** Apart from the commands that the client has: one of ours is called `end`. */
const PREFIX = 'cis2:'

export function evaluate(client: RedisClient, { script, keys, args }: ScriptCall): Promise<unknown> {
  return commandOf(client, script).call(client, keys.length, ...keys, ...args)
}

/** Goes out in one piece, whatever the server knows: what follows it speaks of it. */
export function evaluateText(client: RedisClient, { script, keys, args }: ScriptCall): Promise<unknown> {
  return client.callBuffer('eval', script.lua, keys.length, ...keys, ...args)
}

/** Whose slot a script is in. */
export function keyOf({ keys }: ScriptCall): string {
  return keys[0] ?? ''
}

function commandOf(client: RedisClient, { name, lua }: ScriptText): Command {
  const command = PREFIX + name
  if (!(command in client)) client.defineCommand(command, { lua })
  // Replies are bytes: what is sealed is no text.
  return Reflect.get(client, `${command}Buffer`) as Command
}
