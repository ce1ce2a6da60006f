/** What the options say by themselves, without asking anybody. */
import { ConfigError } from '../../errors.js'
import type { Cis2Config, ParsedSigningKey } from '../../options/cis2-config.js'
import type { Cis2Options } from '../../options/cis2-options.js'
import { parseOptions } from '../../options/parse-options.js'
import { keyToSignWith } from '../../oidc/signing-keys.js'
import { publicAddress } from '../../primitives/public-address.js'
import type { CliIo } from '../io.js'
import { type Finding, ok, warning } from './findings.js'
import { optionFindings } from './option-findings.js'

/**
 * The parsed options, when they can be parsed, and what is to be said about them.
 *
 * @param env - What `NODE_ENV` is read from.
 * @param from - Whether the options were read from these variables, so that problems name the variable.
 */
export function checkConfiguration(
  options: Cis2Options,
  env: CliIo['env'],
  { fromEnvironment = false }: { readonly fromEnvironment?: boolean | undefined } = {},
): { config: Cis2Config | undefined; findings: Finding[] } {
  try {
    const config = parseOptions(options, env)
    return { config, findings: [ok('options', 'every option is accepted'), ...judge(config)] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { config: undefined, findings: optionFindings(error.problems, fromEnvironment ? env : undefined) }
  }
}

function judge(config: Cis2Config): Finding[] {
  const { clientAuthentication, clock } = config
  const findings = [checkBaseUrl(config), checkLogoutRoute(config), checkRoles(config)]
  if (clientAuthentication.method !== 'private_key_jwt') return findings
  return [...findings, describeKeys(clientAuthentication.keys, clock())]
}

function checkBaseUrl({ baseUrl }: Cis2Config): Finding {
  if (baseUrl.secure) return ok('base-url', publicAddress(baseUrl))
  return warning(
    'base-url',
    `${publicAddress(baseUrl)} is for development on this machine only`,
    'CIS2 registers https addresses, and without https no cookie is Secure.',
    'Set baseUrl to the public https address before you deploy.',
  )
}

function describeKeys(keys: readonly ParsedSigningKey[], now: number): Finding {
  // parseOptions refuses a list in which no key may sign yet.
  const signing = keyToSignWith(keys, now)
  return ok('signing-key', `${String(signing?.kid)} signs; ${keys.length} in the list, all of them published`)
}

function checkLogoutRoute({ baseUrl, routes }: Cis2Config): Finding {
  if (routes.backChannelLogout !== false) {
    return ok('back-channel-logout', `to register: ${publicAddress(baseUrl, routes.backChannelLogout)}`)
  }
  return warning(
    'back-channel-logout',
    'routes.backChannelLogout is false',
    'A user who takes out the smartcard stays signed in here until the session times out.',
    'Leave the route on, and register its address with CIS2.',
  )
}

/** Where roles come from; who may have lost some on the way is told by the events of her sign-in alone. */
function checkRoles({ scopes }: Cis2Config): Finding {
  const asked = scopes.split(' ')
  const lacks = (scope: string) => !asked.includes(scope)
  if (lacks('nationalrbacaccess')) {
    return warning(
      'roles',
      'scopes has no nationalrbacaccess',
      'CIS2 sends no roles: every guard on a role, an activity, an organisation or a workgroup refuses everybody.',
      'Add the scope, unless no guard asks for any of these.',
    )
  }
  if (lacks('selectedrole')) {
    return warning(
      'roles',
      'scopes has no selectedrole',
      'CIS2 lets nobody select a role, and guards judge the selected role only.',
      'Add the scope, unless every user has one role or no guard asks for one.',
    )
  }
  return ok(
    'roles',
    'sent by CIS2; where "roles" of a sign-in.succeeded event has read below sent, an entry lacked person_roleid, ' +
      'role_code or org_code, and where selectedFound is false no readable one is the selected',
  )
}
