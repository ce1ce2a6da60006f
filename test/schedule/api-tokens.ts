/** The flow of a request that calls an NHS API: the real rules for tokens, over a platform that the schedule judges. */
import { setTimeout as delay } from 'node:timers/promises'

import { isCis2Error } from '../../src/errors.js'
import { createTokens } from '../../src/nhs-api/create-tokens.js'
import type { Platform } from '../../src/nhs-api/platform.js'
import type { GivenTokens } from '../../src/nhs-api/token-answer.js'
import type { NhsApiConfig } from '../../src/options/cis2-config.js'
import { failureOf } from './flow.js'
import { request } from './requests.js'
import type { World } from './world.js'

/** Shorter than anybody would use again, so that every call refreshes what the one before it has left. */
const LIFE_SECONDS = 30

const PLATFORM_OPTIONS: NhsApiConfig = {
  tokenEndpoint: 'http://127.0.0.1:1/oauth2/token',
  origin: 'http://127.0.0.1:1',
  apiKey: 'key',
  apiSecret: 'secret',
  keys: [],
  exchange: 'first-use',
  timeoutSeconds: 3,
}

/** A token says of which ID token it is; a refresh token is good for one refresh, and sending it twice is a fault. */
export class JudgedPlatform {
  readonly #world: World
  readonly #sent = new Set<string>()
  #given = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Of one flow, as an instance of its own would have it. */
  asPlatform(): Platform {
    return {
      exchange: (idToken) => Promise.resolve(this.#give(idToken)),
      refresh: (refreshToken) => {
        if (this.#sent.has(refreshToken)) this.#world.oracle.violated('a refresh token was sent twice')
        this.#sent.add(refreshToken)
        return Promise.resolve({ tokens: this.#give(refreshToken.split('|')[0] ?? '') })
      },
      health: () => ({ status: 'ok', since: 0 }),
      close() {},
    }
  }

  #give(idToken: string): GivenTokens {
    this.#given += 1
    const name = `${idToken}|${String(this.#given)}`
    return {
      accessToken: name,
      expiresInSeconds: LIFE_SECONDS,
      refreshToken: `${name}|refresh`,
      refreshExpiresInSeconds: 43_199,
    }
  }
}

export const nhsApi = request('NHS API', async ({ world }, { loaded }) => {
  const { session } = loaded
  if (session === undefined) return 'nobody'
  const tokens = createTokens({
    nhsApi: PLATFORM_OPTIONS,
    config: { clock: () => world.now, maxAuthAgeSeconds: 300 },
    platform: world.platform.asPlatform(),
    emit() {},
    timer: { now: () => performance.now(), pause: () => delay(0) },
  })
  const slot = session.apiToken()
  try {
    const { accessToken, roleId } = await tokens.obtain({ subject: session.subject, slot, correlationId: undefined })
    if (accessToken.split('|')[0] !== world.idTokens.get(slot.name))
      world.oracle.violated('I4 an API token of another session')
    if (roleId !== session.subject.selectedRole?.id) world.oracle.violated('I4 an API token of another role')
    return 'token'
  } catch (error) {
    return refusalOf(error)
  }
})

function refusalOf(error: unknown): string {
  if (!isCis2Error(error)) throw error
  if (error.code === 'CIS2_NOT_SIGNED_IN') return 'ended meanwhile'
  if (error.code === 'CIS2_STEP_UP_REQUIRED') return 'too old'
  return error.code === 'CIS2_API_TOKEN' ? 'busy' : failureOf(error)
}
