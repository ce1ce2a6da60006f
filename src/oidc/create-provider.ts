/** CIS2 as the rest of the package sees it: the parts of this folder, put together. */
import type { JWK } from 'jose'

import { isCis2Error } from '../errors.js'
import type { Emit } from '../events.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { Measure } from '../telemetry/telemetry.js'
import { buildAuthorizationAddress } from './authorization-request.js'
import { createAdmission, type AdmissionSettings, type Leave } from './admission.js'
import { createAvailability } from './availability.js'
import { parseCallbackQuery } from './callback-query.js'
import { createConnection } from './connection.js'
import { buildEndSessionAddress } from './end-session.js'
import { Fault } from '../outbound/fault.js'
import { checkLogoutToken } from './logout-token.js'
import { createOutbound } from '../outbound/outbound-http.js'
import { CIS2 } from './peer.js'
import { createProviderCircuitBreaker } from './provider-circuit-breaker.js'
import type { Provider, SignInExpectation, SignInSecrets, VerifiedLogoutToken, VerifiedSignIn } from './provider.js'
import { completeSignIn } from './sign-in.js'
import { publicKeySet } from './signing-keys.js'
import { toUnavailable } from './unavailable.js'
import { withinTime } from '../primitives/within-time.js'

/**
 * A callback, and a logout token, is answered within the longest wait for one call and this, however many calls it
 * takes: 8 seconds by default. A call that may take longer by the options is not cut short by the whole.
 */
const BEYOND_ONE_CALL_MS = 3_000

/**
 * Sign-ins being completed. A code that CIS2 refuses keeps its place for two seconds longer: whatever is invented,
 * CIS2 is asked for at most a hundred of them a second, and the processor has time for others.
 */
const SIGN_INS: AdmissionSettings = { places: 200, refusedFor: 2_000, longestWait: 4_000, mostWaiting: 5_000 }

/** Logout tokens being verified: a signature costs time, and anybody can send a forged one. A thousand of those a second. */
const LOGOUT_TOKENS: AdmissionSettings = { places: 50, refusedFor: 50, longestWait: 4_000, mostWaiting: 5_000 }

/**
 * Connects to CIS2 in the background, at once. Never throws and never rejects unobserved: whoever
 * needs what is not there yet is told by a rejection of its own.
 */
export function createProvider(config: Cis2Config, emit: Emit, measure: Measure = (_step, work) => work()): Provider {
  const totalMs = config.timeoutSeconds * 1000 + BEYOND_ONE_CALL_MS
  const outbound = createOutbound({ ...CIS2, fetch: config.fetch, timeoutSeconds: config.timeoutSeconds }, measure)
  const availability = createAvailability(emit, config.clock)
  const connection = createConnection({
    config,
    outbound,
    availability,
    onKeysRotated() {
      emit({ type: 'keys.rotated' })
    },
  })
  const signIns = createAdmission('sign-ins are being completed', SIGN_INS)
  const logoutTokens = createAdmission('logout tokens are being verified', LOGOUT_TOKENS)
  const breaker = createProviderCircuitBreaker({
    onOpened(error) {
      availability.failed('exchange', 'down', error)
    },
    onDoubted(error) {
      availability.failed('exchange', 'degraded', error)
    },
    onClosed() {
      availability.succeeded('exchange')
    },
  })

  async function redeemCallback(
    query: string,
    secrets: SignInSecrets,
    expected: SignInExpectation,
  ): Promise<VerifiedSignIn> {
    const deadline = performance.now() + totalMs
    const metadata = await connection.discovered()
    const { issuer, requiresIssuerInCallback: requiresIssuer } = metadata
    parseCallbackQuery(query, { state: secrets.state, issuer, requiresIssuer })
    return breaker.run(() =>
      answered(
        completeSignIn({ config, outbound, keys: connection.keys, metadata, query, secrets, expected, deadline }),
        deadline - performance.now(),
      ),
    )
  }

  async function verifyLogoutToken(token: string): Promise<VerifiedLogoutToken> {
    const deadline = performance.now() + totalMs
    const { issuer } = await connection.discovered()
    const leave = await logoutTokens.enter()
    let left: Parameters<Leave>[0] = 'refused'
    try {
      const verified = await verifyInTime(token, issuer, deadline)
      left = 'fine'
      return verified
    } finally {
      leave(left)
    }
  }

  function verifyInTime(token: string, issuer: string, deadline: number): Promise<VerifiedLogoutToken> {
    return answered(
      checkLogoutToken(token, connection.keys, {
        issuer,
        clientId: config.clientId,
        algorithms: config.idTokenAlgorithms,
        logoutTokenType: config.logoutTokenType,
        clockToleranceSeconds: config.clockToleranceSeconds,
        now: Math.floor(config.clock() / 1000),
      }),
      deadline - performance.now(),
    )
  }

  return {
    get issuer() {
      return connection.metadata()?.issuer ?? config.issuer
    },
    ready: () => connection.ready(),
    started: () => connection.started(),
    health: () => availability.health(),
    authorizationOrigin() {
      const endpoint = connection.metadata()?.authorizationEndpoint
      return endpoint === undefined || !connection.isReady() ? undefined : new URL(endpoint).origin
    },
    async buildAuthorizationUrl(request) {
      return buildAuthorizationAddress(await connection.discovered(), config, request)
    },
    async enter() {
      breaker.assertClosed()
      return signIns.enter()
    },
    redeemCallback: (query, secrets, expected) =>
      measure({ kind: 'sign-in', operation: 'callback' }, () => redeemCallback(query, secrets, expected)),
    verifyLogoutToken,
    buildEndSessionUrl(request) {
      const metadata = connection.metadata()
      return metadata === undefined ? undefined : buildEndSessionAddress(metadata, config, request)
    },
    publicJwks: () => publicJwks(config),
    close() {
      connection.close()
      outbound.close()
    },
  }
}

function publicJwks({ clientAuthentication }: Cis2Config): { keys: JWK[] } | undefined {
  return clientAuthentication.method === 'private_key_jwt' ? publicKeySet(clientAuthentication.keys) : undefined
}

/** In time, and with our own errors only: a library's may hold a code, claims or a token. */
async function answered<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  try {
    return await withinTime(work, milliseconds, () => new Fault('timeout', 'CIS2 did not answer in time.'))
  } catch (error) {
    throw isCis2Error(error) ? error : toUnavailable(error)
  }
}
