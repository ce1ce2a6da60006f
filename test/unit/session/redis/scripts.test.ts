/** Scripts: what TypeScript and Lua call by one name, and what must not compile. */
import { createKeys } from '../../../../src/session/redis/keys.js'
import type { Key } from '../../../../src/session/redis/keys.js'
import * as ending from '../../../../src/session/redis/scripts/ending-scripts.js'
import * as logout from '../../../../src/session/redis/scripts/logout-scripts.js'
import * as pending from '../../../../src/session/redis/scripts/pending-scripts.js'
import { script } from '../../../../src/session/redis/scripts/script.js'
import type { ScriptText } from '../../../../src/session/redis/scripts/script.js'
import * as sessions from '../../../../src/session/redis/scripts/session-scripts.js'
import * as signIns from '../../../../src/session/redis/scripts/sign-in-scripts.js'

const keys = createKeys('p:')
const session = keys.session('tag', 'name')
const tombstone = keys.tombstone('tag', 'name')

const SCRIPTS = [ending, logout, pending, sessions, signIns]
  .flatMap((module): unknown[] => Object.values(module))
  .flatMap((value) => (typeof value === 'function' && 'script' in value ? [value.script as ScriptText] : []))

describe('a script', () => {
  it('gets its keys and arguments in the order in which it names them, whatever the caller’s', () => {
    const made = script('made', { keys: ['session', 'tombstone'], args: ['now', 'name'] }, 'return 1')
    const call = made({ tombstone, session }, { name: 'n', now: 7 })
    expect(call).toMatchObject({ keys: [session, tombstone], args: [7, 'n'] })
    expect(call.script.lua.split('\n')).toEqual([
      'local session, tombstone = unpack(KEYS)',
      'local now, name = unpack(ARGV)',
      'now = tonumber(now)',
      'return 1',
    ])
  })

  it('sends no bytes as an empty text, a flag as a digit, and all time as sorted sets read it', () => {
    const made = script('made', { keys: [], args: ['appData', 'user', 'alone', 'upTo'] }, '')
    const args = { appData: undefined, user: Buffer.from('u'), alone: true, upTo: Infinity }
    expect(made({}, args).args).toEqual(['', Buffer.from('u'), 1, '+inf'])
    expect(made({}, { ...args, alone: false }).args[2]).toBe(0)
  })

  it('gets a list behind what has a name of its own', () => {
    const each = { keys: ['session', 'tombstone'], args: ['name'] } as const
    const made = script('made', { keys: ['nothing'], args: ['now'], each }, '')
    const things = ['a', 'b'].map((name) => ({
      name,
      session: keys.session('t', name),
      tombstone: keys.tombstone('t', name),
    }))
    expect(made({ nothing: keys.nothing('t') }, { now: 1 }, things)).toMatchObject({
      keys: ['p:{t}:-', 'p:{t}:s:a', 'p:{t}:e:a', 'p:{t}:s:b', 'p:{t}:e:b'],
      args: [1, 'a', 'b'],
    })
  })

  it('never meets its caller by position', () => {
    expect(SCRIPTS.length).toBeGreaterThan(18)
    const counted = SCRIPTS.filter(({ lua }) => /\b(KEYS|ARGV)\s*\[\s*\d/.test(lua))
    expect(counted.map(({ name }) => name)).toEqual([])
  })

  it('puts no key’s name together: each one that it touches is among its keys', () => {
    const built = SCRIPTS.filter(({ lua }) => /(redis\.p?call|override)\('\w+', [^,)]*(\.\.|['"])/.test(lua))
    expect(built.map(({ name }) => name)).toEqual([])
  })

  it('does not compile with a key or an argument in another’s place', () => {
    const { read, end } = sessions
    const sessionsOfUser = keys.sessionsOfUser('tag')
    const asked = { name: 'name', application: 'one' }
    const nothing: Key<'nothing'> = keys.nothing('tag')
    function neverRun(): void {
      read({ session, tombstone, sessionsOfUser }, { ...asked, now: 1, idle: 2 })
      // @ts-expect-error -- two keys are swapped
      read({ session: tombstone, tombstone: session, sessionsOfUser }, { ...asked, now: 1, idle: 2 })
      // @ts-expect-error -- two arguments are swapped
      end({ session, tombstone, sessionsOfUser }, { name: 1, reason: 'sign-out', now: 'name' })
      // @ts-expect-error -- an argument is missing
      read({ session, tombstone, sessionsOfUser }, { ...asked, now: 1 })
      // @ts-expect-error -- by position
      read([session, tombstone, sessionsOfUser], ['name', 1, 2])
      // @ts-expect-error -- a key is text of anybody's
      read({ session: 'session', tombstone, sessionsOfUser }, { ...asked, now: 1, idle: 2 })
      // @ts-expect-error -- what a script needs cannot be left out
      read({ session: nothing, tombstone, sessionsOfUser }, { ...asked, now: 1, idle: 2 })
    }
    expect(neverRun).toBeInstanceOf(Function)
  })
})
