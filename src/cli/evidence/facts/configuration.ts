/** The configuration as run, without secrets, and every departure from the safe default. */
import type { Cis2Config } from '../../../options/cis2-config.js'
import type { Cis2Options } from '../../../options/cis2-options.js'
import { DEFAULT_ACR_VALUES } from '../../../cis2/assurance.js'
import type { SettingRow } from '../report.js'

/** @param options - As written: for what the checked configuration no longer tells. */
export function describeConfiguration(config: Cis2Config, options: Cis2Options): SettingRow[] {
  return [...signIn(config), ...assurance(config), ...session(config, options), ...surroundings(config, options)].map(
    ({ departs, ...row }) => ({
      ...row,
      ...(departs === undefined ? {} : { departure: departs }),
      proof: 'configuration' as const,
    }),
  )
}

interface Setting extends Omit<SettingRow, 'proof' | 'departure'> {
  readonly departs?: string | undefined
}

/** `departs` when the condition holds. */
function setting(option: string, value: unknown, usual?: string, isOff = false, departs?: string): Setting {
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  return { option, value: shown, ...(usual === undefined ? {} : { usual }), departs: isOff ? departs : undefined }
}

function signIn(config: Cis2Config): Setting[] {
  const { clientAuthentication: own, baseUrl, prompt, pkce, maxAuthAgeSeconds, issuer, clientId } = config
  const address = `${baseUrl.origin}${baseUrl.path}`
  const isSecret = own.method !== 'private_key_jwt'
  return [
    setting('issuer', issuer, 'https', !issuer.startsWith('https:'), 'Without TLS anybody between can pose as CIS2.'),
    setting('clientId', clientId),
    setting('baseUrl', address, 'https', !baseUrl.secure, 'Without https no cookie is Secure.'),
    setting(
      'clientAuthentication',
      isSecret ? own.method : `${own.method}, ${own.keys.map(({ kid, alg }) => `${kid} (${alg})`).join(', ')}`,
      'private_key_jwt',
      isSecret,
      'A secret is known on both sides; NHS England recommends private_key_jwt.',
    ),
    setting('scopes', config.scopes),
    setting(
      'prompt',
      prompt,
      'login',
      prompt === false,
      'A session at CIS2 may be reused: a sign-in rests on max_age alone.',
    ),
    setting(
      'maxAuthAgeSeconds',
      maxAuthAgeSeconds,
      '300 or less',
      maxAuthAgeSeconds > 300,
      "Older authentications are accepted than CIS2's conformance allows (Ses Req 003).",
    ),
    setting('pkce', pkce, 'true', !pkce, 'A stolen code is bound to its sign-in by state and nonce alone.'),
  ]
}

function assurance({ aal, acrValues, identityAssuranceLevel, userInfo, logoutTokenType }: Cis2Config): Setting[] {
  const isUsual = acrValues[aal] === DEFAULT_ACR_VALUES[aal]
  return [
    setting('aal', aal, '3, or 2 where the risk allows it', aal < 2, 'A password alone signs users in.'),
    setting(
      'acrValues',
      `${aal}: ${acrValues[aal]}`,
      `${aal}: ${DEFAULT_ACR_VALUES[aal]}`,
      !isUsual,
      'Other authenticators are asked for; what comes back is judged by level all the same.',
    ),
    setting(
      'identityAssuranceLevel',
      identityAssuranceLevel,
      '3',
      identityAssuranceLevel < 3,
      'People whose identity was proved less well than that of NHS staff are let in (SC Req 002).',
    ),
    setting('userInfo', userInfo, 'any, or signed where that is registered'),
    setting('logoutTokenType', logoutTokenType, 'any'),
  ]
}

function session({ session: own, routes }: Cis2Config, options: Cis2Options): Setting[] {
  const long = options.session.dangerouslyAllowLongSessions === true
  const isMemory = own.redis === 'memory'
  return [
    setting(
      'session.idleTimeoutSeconds',
      own.idleTimeoutSeconds,
      '900 or less',
      own.idleTimeoutSeconds > 900,
      'A screen that is left stays signed in for longer than 15 minutes (Ses Req 005).',
    ),
    setting(
      'session.absoluteTimeoutSeconds',
      own.absoluteTimeoutSeconds,
      '43200 or less',
      own.absoluteTimeoutSeconds > 43_200,
      'A session lives for longer than 12 hours (Ses Req 007).',
    ),
    setting(
      'session.dangerouslyAllowLongSessions',
      long,
      'false',
      long,
      'Timeouts longer than NHS England allows are accepted.',
    ),
    setting('session.onePerUser', own.onePerUser, 'false; true where one person must not be signed in twice'),
    setting(
      'session.confirmReplicas',
      own.confirmReplicas,
      'prefer or require',
      own.confirmReplicas === 'off',
      'A failover of Redis may forget a sign-out.',
    ),
    setting(
      'session.redis',
      redisOf(own.redis),
      'Redis over TLS (rediss:)',
      isMemory || isPlain(own.redis),
      isMemory
        ? 'Sessions are in one process, and gone when it ends: for development.'
        : 'Whoever listens on the network reads the password of Redis.',
    ),
    setting(
      'session.secret',
      own.secrets.length === 1 ? 'one, not shown' : `${own.secrets.length}, not shown; the first seals`,
    ),
    setting(
      'session.cookieName',
      own.cookieName,
      'begins with __Host-',
      !own.cookieName.startsWith('__Host-'),
      'Another host of the domain can plant the cookie.',
    ),
    setting(
      'routes',
      Object.entries(routes)
        .map(([name, path]) => `${name} ${String(path)}`)
        .join(', '),
      'all of them',
      Object.values(routes).includes(false),
      departuresOf(routes),
    ),
  ]
}

function departuresOf(routes: Cis2Config['routes']): string {
  const off = Object.entries(routes).filter(([, path]) => path === false)
  const words = off.map(([name]) => name).join(', ')
  const logout = routes.backChannelLogout === false ? ' CIS2 cannot end sessions (Back-channel logout).' : ''
  return `Switched off: ${words}.${logout}`
}

/** Where it is on the network is nobody's business but the team's; the address may hold a password. */
function redisOf(redis: Cis2Config['session']['redis']): string {
  if (typeof redis !== 'string') return 'a client of the application'
  return redis === 'memory' ? 'memory' : `an address, ${redis.startsWith('rediss:') ? 'with' : 'without'} TLS`
}

function isPlain(redis: Cis2Config['session']['redis']): boolean {
  return typeof redis === 'string' && redis.startsWith('redis:')
}

function surroundings(config: Cis2Config, options: Cis2Options): Setting[] {
  const { onEvent, onSignIn, nhsApi, clockToleranceSeconds: tolerance, allowedEndpointOrigins: origins } = config
  const set = (value: unknown) => (value === undefined ? 'none' : 'set')
  return [
    setting('errors', config.errors, 'respond, or next with error pages of your own'),
    setting(
      'onEvent',
      set(onEvent),
      'set',
      onEvent === undefined,
      'There is no audit of sign-ins, refusals and ends of sessions.',
    ),
    setting('onSignIn', set(onSignIn)),
    setting('nhsApi', nhsApi === undefined ? 'none' : `${nhsApi.tokenEndpoint}, ${nhsApi.exchange}`),
    setting('idpLogout', config.idpLogout, 'false: NHS England has not said that CIS2 offers it'),
    setting('allowedEndpointOrigins', origins, '[]', origins.length > 0, 'Secrets may be sent to these origins too.'),
    setting('clockToleranceSeconds', tolerance, '30', tolerance > 30, 'Tokens are accepted for longer than they last.'),
    setting('timeoutSeconds', config.timeoutSeconds, '5'),
    setting('fetch', set(options.fetch), 'none, or one for a proxy'),
    setting(
      'clock',
      set(options.clock),
      'none',
      options.clock !== undefined,
      "Times are judged by another clock than the machine's.",
    ),
  ]
}
