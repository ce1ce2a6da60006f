/** The discovery document and the key set. */
import type { RequestHandler } from 'express'

import { type Answer, jsonAnswer } from '../answer.js'
import { acrValuesSupported } from '../authenticators.js'
import { answerWith, type Exchange } from '../exchange.js'
import type { Claims } from '../jwt.js'
import { SCOPES } from '../scopes.js'
import { endpointText, type World } from '../world.js'

const ALGORITHMS = [
  'PS384',
  'ES384',
  'RS384',
  'HS256',
  'HS512',
  'ES256',
  'RS256',
  'HS384',
  'ES512',
  'PS256',
  'PS512',
  'RS512',
]

/** Lists what AM lists where it is known, `client_secret_jwt` left out although it works, as AM does. */
export function discoveryDocument(world: Pick<World, 'addresses'>): Claims {
  const at = (path: string) => endpointText(world.addresses, path)
  return {
    request_parameter_supported: false,
    claims_parameter_supported: false,
    introspection_encryption_alg_values_supported: ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES'],
    issuer: world.addresses.issuer,
    authorization_endpoint: at('/authorize'),
    token_endpoint: at('/access_token'),
    userinfo_endpoint: at('/userinfo'),
    jwks_uri: at('/connect/jwk_uri'),
    end_session_endpoint: at('/connect/endSession'),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ALGORITHMS,
    userinfo_signing_alg_values_supported: ['ES384', 'HS256', 'HS512', 'ES256', 'RS256', 'HS384', 'ES512'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    scopes_supported: Object.keys(SCOPES),
    acr_values_supported: acrValuesSupported(),
    prompt_values_supported: ['none', 'login', 'consent'],
    code_challenge_methods_supported: ['plain', 'S256'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    version: '3.0',
  }
}

/** `/.well-known/openid-configuration` */
export function discoveryRoute(world: World): RequestHandler {
  return metadataRoute(world, (exchange) =>
    jsonAnswer(200, world.faults.spoil('discovery', discoveryDocument(world), exchange)),
  )
}

/** `/connect/jwk_uri` */
export function keySetRoute(world: World): RequestHandler {
  return metadataRoute(world, (exchange) => {
    const { keys } = world.faults.spoil('jwks', world.keys.published(), exchange)
    return jsonAnswer(200, { keys })
  })
}

function metadataRoute(world: World, makeAnswer: (exchange: Exchange) => Answer): RequestHandler {
  return answerWith(world, 'app', (exchange) =>
    exchange.answer(world.faults.spoil('metadata-answer', makeAnswer(exchange), exchange)),
  )
}
