/** Whether CIS2 knows this client as the configuration has it: asked of CIS2 itself, without a user. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import type { ProviderMetadata } from '../../../oidc/metadata.js'
import { publicAddress } from '../../../primitives/public-address.js'
import type { Ask } from '../ask-application.js'
import { type Finding, warning } from '../findings.js'
import { findPublishedKey } from '../published-keys.js'
import { askAuthorization } from './authorization-answer.js'
import { judgeAuthorization } from './judge-authorization.js'
import { judgeClient } from './judge-client.js'
import { suspectsOf } from './suspects.js'
import { askTokenEndpoint } from './token-answer.js'
import { tryOthers } from './try-others.js'

/** @param ask - Reaches the application; undefined when it is not to be asked. */
export async function checkRegistration(
  config: Cis2Config,
  metadata: ProviderMetadata,
  ask: Ask | undefined,
): Promise<Finding[]> {
  const { baseUrl, routes } = config
  if (routes.callback === false) return [unregistered()]
  const redirectUri = publicAddress(baseUrl, routes.callback)
  const authorization = await askAuthorization(config, metadata, redirectUri)
  const isKnown = knows(authorization.kind)
  const probe = { config, metadata, redirectUri }
  const answer = await askTokenEndpoint(probe)
  const findings = judgeAuthorization(authorization, { config, redirectUri })
  if (answer.kind !== 'refused') return [...findings, judgeClient(answer, config)]
  const suspects = suspectsOf({
    method: config.clientAuthentication.method,
    clientId: config.clientId,
    says: answer.says,
    isKnown,
    // An unknown client is refused with whatever it is tried.
    taken: isKnown === false ? undefined : await tryOthers(probe),
    published: ask === undefined ? undefined : await findPublishedKey(config, ask),
  })
  return [...findings, judgeClient(answer, config, suspects)]
}

function knows(kind: Awaited<ReturnType<typeof askAuthorization>>['kind']): boolean | undefined {
  if (kind === 'no-client') return false
  return kind === 'strange' || kind === 'unreachable' ? undefined : true
}

function unregistered(): Finding {
  return warning(
    'registration',
    'routes.callback is false',
    'Without an address to come back to, this command cannot ask CIS2 about the registration.',
    'Leave the route on in the application that signs users in.',
  )
}
