/** From a callback to a verified sign-in, step by step: nothing of a step is used before it has passed. */
import { roleCountsOf, toCis2User } from '../cis2/user-from-claims.js'
import { recordOfUser } from '../cis2/user-record.js'
import type { CheckedIdToken, CheckedUserInfo } from '../cis2/checked-claims.js'
import { SignInRefusedError } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import { createClientProof, describeClientRefusal, type ClientProof } from './client-authentication.js'
import { exchangeCode, type ExchangedTokens } from './code-exchange.js'
import { checkIdToken } from './id-token.js'
import type { ProviderMetadata } from './metadata.js'
import type { Outbound } from '../outbound/outbound-http.js'
import type { SignInExpectation, SignInSecrets, VerifiedSignIn } from './provider.js'
import type { RemoteKeys } from './remote-keys.js'
import { parseSignedToken, UntrustedTokenError, verifySignedToken, type VerifiedToken } from './signed-token.js'
import { ClientRefusedError } from './token-response.js'
import { checkUserInfo, fetchUserInfo } from './user-info.js'

/** No ID token of CIS2 comes near it. */
const MAX_ID_TOKEN_BYTES = 64 * 1024

/** One sign-in being completed. */
export interface SignIn {
  readonly config: Cis2Config
  readonly outbound: Outbound
  readonly keys: RemoteKeys
  readonly metadata: ProviderMetadata
  /** The raw query of the callback; its parameters have been judged. */
  readonly query: string
  readonly secrets: SignInSecrets
  readonly expected: SignInExpectation
  /** On the scale of {@link performance.now}: the whole of it ends then. */
  readonly deadline: number
}

/** Rejects with a {@link SignInRefusedError}, or with whatever says that CIS2 cannot be reached. */
export async function completeSignIn(signIn: SignIn): Promise<VerifiedSignIn> {
  const proof = await proveClient(signIn)
  const exchanged = await redeem(signIn, proof)
  const checked = checkClaims(signIn, exchanged, await verifyIdToken(signIn, exchanged))
  exchanged.assertLibraryAgrees()
  const userInfo = await readUserInfo(signIn, exchanged, checked)
  const user = toCis2User(checked, userInfo)
  const { accessToken, expiresInSeconds, idToken: idTokenText } = exchanged.tokens
  return {
    user,
    userText: recordOfUser(user),
    roles: roleCountsOf(userInfo, user),
    sid: checked.sid,
    tokens: {
      idToken: idTokenText,
      accessToken,
      idTokenExpiresAt: checked.expiresAt,
      accessTokenExpiresAt: expiresInSeconds === undefined ? undefined : nowSeconds(signIn) + expiresInSeconds,
    },
  }
}

function nowSeconds({ config }: SignIn): number {
  return Math.floor(config.clock() / 1000)
}

function proveClient({ config, metadata, deadline }: SignIn): Promise<ClientProof> {
  return createClientProof(config.clientAuthentication, {
    clientId: config.clientId,
    tokenEndpoint: metadata.tokenEndpoint,
    now: config.clock(),
    timeoutMs: Math.min(config.timeoutSeconds * 1000, deadline - performance.now()),
  })
}

async function redeem(signIn: SignIn, proof: ClientProof): Promise<ExchangedTokens> {
  const { config, outbound, metadata, query, secrets, expected, deadline } = signIn
  const authentication = proof.apply
  const { redirectUri } = expected
  try {
    return await exchangeCode(outbound, {
      metadata,
      client: config,
      authentication,
      secrets,
      query,
      redirectUri,
      deadline,
    })
  } catch (error) {
    if (!(error instanceof ClientRefusedError)) throw error
    const message = describeClientRefusal(config.clientAuthentication.method, {
      assertion: proof.assertion,
      description: error.description,
      clockHint: clockHint(signIn, error.answeredAt),
    })
    throw new SignInRefusedError('client-authentication', message)
  }
}

async function verifyIdToken({ config, keys }: SignIn, { tokens }: ExchangedTokens): Promise<VerifiedToken> {
  try {
    const limits = { algorithms: config.idTokenAlgorithms, maxBytes: MAX_ID_TOKEN_BYTES }
    return await verifySignedToken(parseSignedToken(tokens.idToken, limits), keys, 'cis2')
  } catch (error) {
    if (!(error instanceof UntrustedTokenError)) throw error
    throw new SignInRefusedError('signature', `The ID token was refused: ${error.message}.`)
  }
}

function checkClaims(signIn: SignIn, { tokens, answeredAt }: ExchangedTokens, idToken: VerifiedToken): CheckedIdToken {
  const { config, metadata, secrets, expected } = signIn
  return checkIdToken(idToken, {
    issuer: metadata.issuer,
    clientId: config.clientId,
    nonce: secrets.nonce,
    accessToken: tokens.accessToken,
    now: nowSeconds(signIn),
    clockToleranceSeconds: config.clockToleranceSeconds,
    aal: expected.aal,
    identityAssuranceLevel: config.identityAssuranceLevel,
    maxAuthAgeSeconds: expected.maxAuthAgeSeconds,
    clockHint: clockHint(signIn, answeredAt),
  })
}

/** A sentence for whoever reads the refusal, when the two clocks disagree so much that it may explain it. */
function clockHint({ config }: SignIn, answeredAt: Date | undefined): string {
  if (answeredAt === undefined) return ''
  const seconds = Math.round((answeredAt.getTime() - config.clock()) / 1000)
  if (Math.abs(seconds) <= config.clockToleranceSeconds) return ''
  return ` Clock skew suspected: the clock of CIS2 is ${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead of' : 'behind'} ours.`
}

async function readUserInfo(
  signIn: SignIn,
  { tokens }: ExchangedTokens,
  { sub }: CheckedIdToken,
): Promise<CheckedUserInfo> {
  const { config, outbound, keys, metadata, deadline } = signIn
  const { accessToken } = tokens
  const response = await fetchUserInfo(outbound, { endpoint: metadata.userInfoEndpoint, accessToken, deadline })
  return checkUserInfo(response, keys, {
    issuer: metadata.issuer,
    clientId: config.clientId,
    subject: sub,
    algorithms: config.idTokenAlgorithms,
    userInfo: config.userInfo,
    clockToleranceSeconds: config.clockToleranceSeconds,
    now: nowSeconds(signIn),
  })
}
