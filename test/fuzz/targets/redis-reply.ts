/** Replies of the store: what a damaged or foreign server may answer, and what may lie in a session's fields. */
import { isCis2Error } from '../../../src/errors.js'
import { deriveSecrets } from '../../../src/session/records/session-secrets.js'
import { createSealer } from '../../../src/session/records/seal.js'
import { createSessionRecords, parseAppData } from '../../../src/session/records/session-record.js'
import { createBell } from '../../../src/session/redis/bell.js'
import { createKeys } from '../../../src/session/redis/keys.js'
import type { Runner } from '../../../src/session/redis/link.js'
import { operationsOver, type Operations } from '../../../src/session/redis/operations.js'
import { hold, type FuzzTarget } from './target.js'

const secrets = deriveSecrets({ secrets: ['of the fuzzer'], keyPrefix: 'fuzz:' })
const sealer = createSealer(secrets)
const records = createSessionRecords(sealer)
const keys = createKeys('fuzz:')
const ID = 'an id'
const TAG = 'a tag'
const PLACE = { tag: TAG, name: 'a name' }
const SMALL = JSON.stringify({ subject: { sub: 'x', aal: 3, authenticatedAt: 1 }, signedInAt: 1, absolute: 2 })
const genuine = {
  small: sealer.seal(ID, 'm', SMALL),
  appData: sealer.seal(ID, 'a', '{"a":1}'),
  note: sealer.seal(TAG, 'n', '{"sub":"x"}'),
}

/** A store that answers every command so. */
function backendAnswering(reply: unknown): Operations {
  const link: Runner = { run: () => Promise.resolve(reply), runConfirmed: () => Promise.resolve(reply) }
  return operationsOver(
    link,
    keys,
    createBell(link, keys, () => true),
  )
}

/** JSON with texts as bytes, as ioredis hands them out; `{small}` and the like are what we have sealed. */
function replyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(replyOf)
  if (typeof value !== 'string') return value
  const known = Object.entries(genuine).find(([name]) => value === `{${name}}`)
  return known?.[1] ?? Buffer.from(value, 'latin1')
}

export const redisReply: FuzzTarget = {
  name: 'redis-reply',
  seeds: [
    '[1,1900000000000,5,1900000000000,"{small}","","{appData}"]',
    '[0,"idle","{note}"]',
    '[0,"",""]',
    '[2,"{note}"]',
    '[3]',
    '[1,["a","b"],1,["c"],1]',
    '[1,["tag"]]',
    '[[1900000000000,1900000000000,"{note}"]]',
    '"{small}"',
    '1',
    'null',
    '={"__proto__":{"admin":true},"a":[{"__proto__":1}]}',
    '\x01aaaabbbbbbbbbbbbccccdddddddddddddddd',
  ],
  async run(input) {
    if (input[0] === 0x3d) {
      checkAppData(input.subarray(1).toString())
      return
    }
    checkFields(input)
    const parsed = parsedOrNot(input)
    if (parsed === undefined) return
    await checkOperations(replyOf(parsed))
  },
}

function parsedOrNot(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString())
  } catch {
    return undefined
  }
}

/** Bytes in the place of a field, as they are and as a change of what we sealed. */
function checkFields(input: Buffer): void {
  for (const [name, sealed] of Object.entries(genuine)) {
    const changed = Buffer.from(sealed)
    for (const [index, byte] of input.entries())
      if (index < changed.length) changed[index] = (changed[index] ?? 0) ^ byte
    for (const bytes of [input, changed]) {
      const opened = bytes.equals(sealed)
      const session = records.open(ID, { small: bytes, user: bytes })
      hold((session !== undefined) === (opened && name === 'small'), 'only a sealed record opens')
      hold(session?.user() === undefined, 'no other field opens as a user')
      hold((records.openAppData(ID, bytes) !== undefined) === (opened && name === 'appData'), 'only sealed data open')
      hold(records.openTokens(ID, bytes) === undefined, 'no other field opens as tokens')
    }
  }
}

/** Of what an application keeps; its text is ours, so that a name has one spelling. */
function checkAppData(text: string): void {
  const plain = parsedOrNot(Buffer.from(text))
  if (plain === undefined) return
  const stored = JSON.stringify(plain)
  const data = parseAppData(stored)
  hold(!hasProto(data), 'nothing that was stored becomes a prototype')
  if (!stored.includes('__proto__')) hold(JSON.stringify(data) === stored, 'data come back as they were')
}

function hasProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProto)
}

/** Every operation reads the same reply: a value of its own kind, or the error that says the store is not to be used. */
async function checkOperations(reply: unknown): Promise<void> {
  const backend = backendAnswering(reply)
  const claim = { slot: 'slot', tokenName: 'token', attempt: 'attempt' }
  const outcomes = await Promise.all([
    answered(backend.read(PLACE, { now: 1, idle: 1 })),
    answered(backend.readTokens(PLACE)),
    answered(backend.saveAppData(PLACE, genuine.appData, 1)),
    answered(backend.end(PLACE, 'sign-out', 1)),
    answered(backend.takePending('slot')),
    answered(backend.takeCarried('slot')),
    answered(backend.namesListed(TAG)),
    answered(backend.hear(1)),
    answered(backend.lookAt(TAG, ['a name'], 1)),
    answered(backend.endNamed(TAG, { names: ['a name'] }, 'sign-out', 1)),
    answered(backend.claimSidLogout(claim, 1)),
  ])
  const read = outcomes[0] as { state?: unknown; until?: unknown; absolute?: unknown; small?: unknown } | undefined
  if (read?.state !== 'live') return
  hold(Array.isArray(reply) && reply[0] === 1, 'a session is alive only when the store says so, by a number')
  hold(typeof read.until === 'number' && typeof read.absolute === 'number', 'a live session has its two deadlines')
  hold(read.small === undefined || Buffer.isBuffer(read.small), 'a record is bytes')
}

async function answered(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    hold(
      isCis2Error(error) && error.code === 'CIS2_STORE_UNAVAILABLE',
      'an odd reply is a store that is not to be used',
    )
    return undefined
  }
}
