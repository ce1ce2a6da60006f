/** What ends sessions from outside: CIS2, an administrator, and time. */
import { failureOf, stepOf, type Flow, type Person } from './flow.js'
import type { Login } from './oracle.js'
import type { World } from './world.js'

interface LogoutByToken {
  readonly sid?: (person: Person) => string
  readonly sub?: true
  /** Seconds before now. */
  readonly issuedAgo?: number
}

export function backChannel(name: string, { sid, sub, issuedAgo = 0 }: LogoutByToken): Flow {
  return {
    name,
    async run({ world, person, sessions, index }) {
      const issuedAt = world.seconds - issuedAgo
      const named = sid?.(person)
      const token = { sid: named, sub: sub === true ? person.sub : undefined, issuedAt, tokenId: `token ${index}` }
      const bars = (login: Pick<Login, 'sub' | 'sid' | 'authTime'>) =>
        named === undefined ? login.sub === person.sub && login.authTime < issuedAt : login.sid === named
      const names = (login: Login) =>
        named === undefined ? login.sub === person.sub && login.authTime <= issuedAt : login.sid === named
      world.oracle.mayBar(bars)
      world.oracle.mayEnd({ what: name, covers: names })
      try {
        const result = await sessions.endByLogoutToken(token)
        const covers = (login: Login) => bars(login) || (names(login) && wasThere(world, index, login))
        world.oracle.ended({ what: name, covers }, stepOf(world))
        return result
      } catch (error) {
        return failureOf(error)
      }
    },
  }
}

export function administrator(name: string, by: 'sub' | 'sid'): Flow {
  return {
    name,
    async run({ world, person, sessions, index }) {
      const began = world.seconds
      const names = (login: Login) => login[by] === person[by]
      const bars = (login: Pick<Login, 'sub' | 'sid' | 'authTime'>) =>
        by === 'sub' ? login.sub === person.sub && login.authTime < began : login.sid === person.sid
      world.oracle.mayBar(bars)
      world.oracle.mayEnd({ what: name, covers: names })
      try {
        await sessions.endAll(by === 'sub' ? { sub: person.sub } : { sid: person.sid }, 'administrator')
        const covers = (login: Login) => bars(login) || (names(login) && wasThere(world, index, login))
        world.oracle.ended({ what: name, covers }, stepOf(world))
        return 'ended'
      } catch (error) {
        return failureOf(error)
      }
    },
  }
}

/** Whether a session was made before this flow's first command. */
function wasThere(world: World, index: number, login: Login): boolean {
  return login.born < (world.firstSteps.get(index) ?? 0)
}

export function time(name: string, seconds: number): Flow {
  return {
    name,
    turnsClock: true,
    async run({ world }) {
      await world.schedule?.pass('time', () => world.pass(seconds))
      return 'passed'
    },
  }
}
