/** The settings under which schedules run, and the users who sign in. */
import type { Redis } from 'ioredis'

import type { Cis2User } from '../../src/cis2/user.js'
import { parseOptions } from '../../src/options/parse-options.js'
import type { Cis2Config } from '../../src/options/cis2-config.js'
import type { Backend } from '../../src/session/backend.js'
import type { SessionRequest } from '../../src/session/express-session/express-store.js'
import { createMemoryBackend } from '../../src/session/memory/backend.js'
import { createRedisBackend } from '../../src/session/redis/backend.js'
import type { NewSession } from '../../src/session/sessions.js'

/** Whom a sign-in is about to sign in. */
export interface Intent {
  readonly sub: string
  readonly sid: string
  readonly role: string
  readonly authTime: number
}

export type Where = 'memory' | { readonly redis: Redis; readonly url: string }

export function openBackend(config: Cis2Config): Backend {
  const { clock, session } = config
  const { redis } = session
  if (redis === 'memory') return createMemoryBackend(clock)
  return createRedisBackend({ session: { ...session, redis }, clock, emit: ignoreEvent })
}

export function configFor(where: Where, keyPrefix: string, secret: string[], onePerUser: boolean, clock: () => number) {
  return parseOptions(
    {
      issuer: 'http://127.0.0.1:1/openam/oauth2/realms/root',
      clientId: 'schedules',
      clientAuthentication: { method: 'client_secret_post', clientSecret: 'a-secret-of-the-client' },
      baseUrl: 'http://127.0.0.1:2',
      clock,
      session: {
        secret,
        redis: where === 'memory' ? 'memory' : where.url,
        keyPrefix,
        cookieName: 'session',
        onePerUser,
        // WAIT changes nothing for one server; failovers have tests of their own.
        confirmReplicas: 'off',
      },
    },
    {},
  )
}

/**
 * A sign-in that CIS2 has vouched for.
 * @param number - Tells its ID token from all others.
 */
export function newSession({ sub, sid, role, authTime }: Intent, number: number): NewSession {
  const user: Cis2User = {
    sub,
    name: `User ${sub}`,
    aal: 3,
    identityAssuranceLevel: 3,
    amr: [],
    authenticatedAt: authTime,
    roles: [],
    organisations: [],
    professionalIds: {},
  }
  const selectedRole = { id: role, code: role, jobRole: role, organisation: 'A1', activities: [], workgroups: [] }
  return {
    user,
    subject: { sub, aal: 3, authenticatedAt: authTime, selectedRole },
    sid,
    tokens: {
      idToken: `id token ${String(number)} of ${sub}`,
      accessToken: 'access',
      accessTokenExpiresAt: undefined,
      idTokenExpiresAt: authTime + 3_600,
    },
    appData: undefined,
  }
}

/** The application's data of a request that has a session. */
export function appDataOf(req: SessionRequest): Record<string, unknown> {
  return Object.fromEntries(Object.entries(req.session ?? {}).filter(([name]) => name !== 'cookie'))
}

export function ignoreEvent(): void {}
