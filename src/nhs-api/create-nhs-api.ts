/** Calling NHS APIs for whoever is signed in: the parts of this folder, put together. */
import type { Emit } from '../events.js'
import type { Cis2Config, NhsApiConfig } from '../options/cis2-config.js'
import type { Measure } from '../telemetry/telemetry.js'
import { parseApiAddress } from './api-address.js'
import { createBackground } from './background.js'
import { callApi } from './call-api.js'
import { createTokens } from './create-tokens.js'
import type { NhsApi } from './nhs-api.js'
import { createPlatform, PLATFORM, type SignAssertion } from './platform.js'
import { identifyingHeaders, readCallersHeaders, withIdentity, type Caller } from './request-headers.js'
import { roleIdOf, type ApiSession } from './session.js'

export interface NhsApiParts {
  readonly nhsApi: NhsApiConfig
  readonly config: Pick<Cis2Config, 'fetch' | 'clock' | 'maxAuthAgeSeconds'>
  readonly sign: SignAssertion
  readonly emit: Emit
  readonly measure?: Measure | undefined
  readonly lookEveryMs?: number
}

/** Asks nobody until somebody calls. */
export function createNhsApi(parts: NhsApiParts): NhsApi {
  const { nhsApi, config, sign, emit, lookEveryMs } = parts
  const measure: Measure = parts.measure ?? ((_step, work) => work())
  const { origin, timeoutSeconds } = nhsApi
  const platform = createPlatform({ nhsApi, config, sign, measure })
  const tokens = createTokens({ nhsApi, config, platform, emit })
  const background = createBackground({
    tokens,
    clock: config.clock,
    ...(lookEveryMs === undefined ? {} : { lookEveryMs }),
  })

  async function callerFor(session: ApiSession & { readonly correlationId: string }): Promise<Caller> {
    const roleId = roleIdOf(session)
    const token = await tokens.obtain(session)
    background.used(session, token)
    return { accessToken: token.accessToken, roleId, correlationId: session.correlationId }
  }

  return {
    async fetch(session, target, init = {}) {
      const address = parseApiAddress(target, origin)
      const own = readCallersHeaders(init.headers)
      const headers = withIdentity(own, await callerFor(session))
      return measure(
        { kind: PLATFORM.kind, operation: 'call' },
        () => callApi({ address, headers, init }, { fetch: config.fetch, origin, timeoutSeconds }),
        ({ status }) => ({ 'http.response.status_code': status }),
      )
    },
    async headers(session) {
      return identifyingHeaders(await callerFor(session))
    },
    signedIn(session) {
      if (nhsApi.exchange === 'sign-in') background.exchangeSoon(session)
    },
    health: () => platform.health(),
    close() {
      background.close()
      platform.close()
    },
  }
}
