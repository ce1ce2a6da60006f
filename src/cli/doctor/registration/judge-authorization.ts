/** The findings about client ID, redirect address and scopes. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import { type Finding, ok, problem, warning } from '../findings.js'
import { describeStranger } from '../stranger.js'
import type { AuthorizationAnswer } from './authorization-answer.js'

interface Asked {
  readonly config: Cis2Config
  readonly redirectUri: string
}

const ENGINE_PAGE = "the text of the engine's page, as known of ForgeRock/Ping AM"
const ENGINE_ORDER = 'the engine judging scopes before it looks for a session, as ForgeRock/Ping AM does'

export function judgeAuthorization(answer: AuthorizationAnswer, asked: Asked): Finding[] {
  const { config, redirectUri } = asked
  switch (answer.kind) {
    case 'accepted':
      return [registered(asked), ok('granted-scopes', config.scopes, { restsOn: ENGINE_ORDER })]
    case 'error':
      return [registered(asked), refusedRequest(answer, config)]
    case 'no-redirect-address':
      return [
        problem(
          'registration',
          `${redirectUri} is not registered for ${config.clientId}`,
          'CIS2 compares the redirect address with the registered ones to the last character: scheme, host, port, path, slash at the end.',
          'Register this very address, or set baseUrl and routes.callback so that they make the registered one.',
          { restsOn: ENGINE_PAGE },
        ),
      ]
    case 'no-client':
      return [
        problem(
          'registration',
          `CIS2 knows no client ${config.clientId} at ${config.issuer}`,
          'The client ID belongs to another environment, or is misspelt.',
          'Take the client ID of this very environment from its registration; each environment gives its own.',
          { restsOn: ENGINE_PAGE },
        ),
      ]
    case 'strange': {
      const { seen, cause, cure } = describeStranger(answer.answer, 'cis2')
      return [
        warning('registration', `the authorization endpoint ${seen}`, cause, cure, {
          restsOn: 'browsers reaching CIS2 by the same way as this machine',
        }),
      ]
    }
    case 'unreachable':
      return [
        warning(
          'registration',
          `the authorization endpoint does not answer (${answer.reason})`,
          'Only browsers need it: from this machine it cannot be asked whether the redirect address is registered.',
          'Allow GET to it from here, or try /login in a browser.',
        ),
      ]
  }
}

function registered({ config, redirectUri }: Asked): Finding {
  return ok('registration', `${redirectUri} is registered for ${config.clientId}`)
}

function refusedRequest(
  { error, scopes }: Extract<AuthorizationAnswer, { kind: 'error' }>,
  config: Cis2Config,
): Finding {
  if (error === 'invalid_scope') {
    const named = scopes.length === 0 ? 'one of the scopes' : scopes.join(', ')
    return problem(
      'granted-scopes',
      `CIS2 refuses ${named} (invalid_scope)`,
      'The scope is misspelt, or was not granted to this client: nobody can sign in.',
      `Correct "scopes" (now: ${config.scopes}), or have the scope granted.`,
    )
  }
  return problem(
    'granted-scopes',
    `CIS2 answers ${error} to the authorization request`,
    error === 'unauthorized_client'
      ? 'The client is not registered for the authorization code flow.'
      : 'CIS2 does not take the request as the application sends it.',
    'Compare acrValues, pkce and scopes with the registration, and ask the CIS2 team with the time of this run.',
  )
}
