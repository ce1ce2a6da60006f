/** Fills a store with signed-in sessions, through the package's own code: records, seals, index and scripts. */
import { randomBytes } from 'node:crypto'

import type { Cluster } from 'ioredis'

import { toAccessSubject, toCis2User } from '../../../src/cis2/user-from-claims.js'
import type { Cis2User } from '../../../src/cis2/user.js'
import { checkedIdToken, checkedUserInfo } from '../../support/checked-claims.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { createRedisBackend } from '../../../src/session/redis/backend.js'
import { createSealer } from '../../../src/session/records/seal.js'
import { addressOf, newSessionId } from '../../../src/session/records/session-id.js'
import { createSessionRecords } from '../../../src/session/records/session-record.js'
import { deriveSecrets, tagOfUser } from '../../../src/session/records/session-secrets.js'
import { sessionCookieLine } from '../../../src/session/set-cookie.js'
import { sidNameOf } from '../../../src/session/sid-name.js'

export { ScriptedProvider } from '../../support/app/scripted-provider.js'
export { startCluster } from '../../support/redis/redis-topologies.js'

/** So many sign-ins are under way at once, on one connection. */
const AT_ONCE = 100
const FIRST_SUBJECT = 555_100_000_000

export interface CrowdSettings {
  /** As the measured server is configured, so that it can read what is written here. */
  readonly options: unknown
  /** An address, or a client of a Cluster, which whoever made it closes. */
  readonly redis: string | Cluster
  readonly idToken: Record<string, unknown>
  readonly userInfo: Record<string, unknown>
  readonly tokens: { readonly idToken: string; readonly accessToken: string }
}

/** Somebody who is signed in. */
export interface Member {
  /** What the browser sends. */
  readonly cookie: string
  /** CIS2's session id. */
  readonly sid: string
}

/** Opens the way to a store; `add` signs so many people in and answers every `each`th of them. */
export function openCrowd({ options, redis, idToken, userInfo, tokens }: CrowdSettings) {
  const config = parseOptions(options)
  const session = { ...config.session, redis, confirmReplicas: 'off' as const }
  const backend = createRedisBackend({ session, clock: Date.now, emit: () => undefined })
  const signIn = signInWith(config, backend, tokens)
  const user = toCis2User(checkedIdToken(idToken), checkedUserInfo(userInfo))
  let count = 0

  async function add(many: number, each = 1): Promise<Member[]> {
    const members: Member[] = []
    const last = count + many
    async function work(): Promise<void> {
      while (count < last) {
        count += 1
        const keep = count % each === 0
        const member = await signIn({ ...user, sub: String(FIRST_SUBJECT + count) })
        if (keep) members.push(member)
      }
    }
    await backend.ready()
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, many) }, work))
    return members
  }

  return { add, close: () => backend.close() }
}

function signInWith(
  config: Cis2Config,
  backend: ReturnType<typeof createRedisBackend>,
  tokens: CrowdSettings['tokens'],
): (user: Cis2User) => Promise<Member> {
  const secrets = deriveSecrets(config.session)
  const [secret] = secrets
  const records = createSessionRecords(createSealer(secrets))
  const lifetime = config.session.absoluteTimeoutSeconds * 1000

  return async function signIn(user) {
    const now = Date.now()
    const sid = randomBytes(32).toString('base64')
    const tag = tagOfUser(secret, config.issuer, user.sub)
    const place = addressOf(newSessionId(tag))
    if (place === undefined) throw new Error('A new session id has not the shape of one.')
    const sidName = sidNameOf(config, sid)
    const absolute = now + lifetime
    const subject = toAccessSubject(user)
    const small = { subject, sid, signedInAt: Math.floor(now / 1000), absolute }
    const stored = {
      ...tokens,
      accessTokenExpiresAt: small.signedInAt + 3_599,
      idTokenExpiresAt: small.signedInAt + 3_599,
    }
    const fields = records.seal(
      place.id,
      tag,
      { user, subject, sid, tokens: stored, appData: undefined },
      small,
      undefined,
    )
    await backend.claimSid(sidName, tag, lifetime)
    await backend.signIn({
      place,
      now,
      until: now + config.session.idleTimeoutSeconds * 1000,
      absolute,
      ...fields,
      sidName,
      authTime: small.signedInAt,
      alone: false,
      oldestAuthTime: small.signedInAt - config.session.absoluteTimeoutSeconds,
    })
    const [cookie = ''] = sessionCookieLine(config, secret, place.id).split(';')
    return { cookie, sid }
  }
}
