/**
 * Stands in for a server that refuses scripts which touch keys that are not among their `KEYS`, as some do: a proxy puts
 * a check in front of every script, and asks Redis itself which keys a command has. Counts scripts, too.
 */
import { createHash } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface StrictRedis {
  readonly url: string
  /** Scripts that were sent, each a round trip, in their order: by their hash. */
  readonly scripts: string[]
  stop(): Promise<void>
}

const CHECK = `
local redis = (function(real, declared)
  local known = {}
  for _, key in ipairs(declared) do known[key] = true end
  local places = {}
  local function placesOf(...)
    local operands = {...}
    local form = operands[1] .. #operands
    if places[form] == nil then
      local keys = real.pcall('COMMAND', 'GETKEYS', ...)
      places[form] = {}
      for at, operand in ipairs(operands) do
        if at > 1 and keys[#places[form] + 1] == operand then table.insert(places[form], at) end
      end
    end
    return places[form], operands
  end
  local function refusal(...)
    local at, operands = placesOf(...)
    for _, place in ipairs(at) do
      if not known[operands[place]] then return real.error_reply('ERR script tried accessing undeclared key') end
    end
  end
  return setmetatable({
    call = function(...) local refused = refusal(...) if refused then error(refused) end return real.call(...) end,
    pcall = function(...) return refusal(...) or real.pcall(...) end,
  }, { __index = real })
end)(redis, KEYS)
`

/** @param target - The port of the Redis behind it. */
export async function startStrictRedis(target: number): Promise<StrictRedis> {
  const scripts: string[] = []
  const texts = new Map<string, string>()
  const sockets = new Set<Socket>()

  function rewritten(command: Buffer[]): Buffer[] {
    const [name = '', text = ''] = command.slice(0, 2).map((part) => part.toString())
    const evaluates = /^eval(sha)?$/i.exec(name)
    if (evaluates === null) return command
    const hash = evaluates[1] === undefined ? createHash('sha1').update(text).digest('hex') : text
    scripts.push(hash)
    if (evaluates[1] === undefined) texts.set(hash, text)
    const lua = texts.get(hash)
    // One that was never sent is unknown to the server as well.
    return lua === undefined ? command : [Buffer.from('eval'), Buffer.from(CHECK + lua), ...command.slice(2)]
  }

  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1')
    let unread = Buffer.alloc(0)
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
    client.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk])
      for (let next = commandAt(unread); next !== undefined; next = commandAt(unread)) {
        unread = unread.subarray(next.end)
        redis.write(encoded(rewritten(next.parts)))
      }
    })
    redis.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    scripts,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The first whole command, as the Redis protocol writes them: a list of texts with their lengths. */
function commandAt(bytes: Buffer): { readonly parts: Buffer[]; readonly end: number } | undefined {
  let at = 0
  function number(): number | undefined {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return undefined
    const value = Number(bytes.toString('latin1', at + 1, end))
    at = end + 2
    return value
  }
  const count = number()
  if (count === undefined) return undefined
  const parts: Buffer[] = []
  while (parts.length < count) {
    const length = number()
    if (length === undefined || at + length + 2 > bytes.length) return undefined
    parts.push(bytes.subarray(at, at + length))
    at += length + 2
  }
  return { parts, end: at }
}

function encoded(parts: readonly Buffer[]): Buffer {
  const lines = parts.flatMap((part) => [Buffer.from(`$${String(part.length)}\r\n`), part, Buffer.from('\r\n')])
  return Buffer.concat([Buffer.from(`*${String(parts.length)}\r\n`), ...lines])
}
