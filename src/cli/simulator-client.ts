/** The application that the flags of `simulator` register. */
import { isLoopback } from '../primitives/is-loopback.js'
import { DEMO_CLIENT, type SimulatorClient, type TokenEndpointAuthMethod } from '../simulator/index.js'
import { CliError } from './io.js'

/** What the flags say of it. */
export interface ClientFlags {
  readonly app?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly jwksUri?: string
  readonly clientAuth?: TokenEndpointAuthMethod
  readonly redirectUri?: readonly string[]
  readonly backChannelLogoutUri?: string
}

/** The registration; undefined when no flag speaks of an application. The simulator judges the rest. */
export function clientFromFlags(flags: ClientFlags): SimulatorClient | undefined {
  const { app, clientId, clientSecret, jwksUri, clientAuth, redirectUri, backChannelLogoutUri } = flags
  const given = [app, clientId, clientSecret, jwksUri, clientAuth, redirectUri, backChannelLogoutUri]
  if (given.every((each) => each === undefined)) return undefined
  if (app === undefined && redirectUri === undefined) {
    throw refusal('An application needs --app (its address) or --redirect-uri: no flag says where it is.')
  }
  const bases = app === undefined ? [] : basesOf(app)
  const [base] = bases
  const method = clientAuth ?? (jwksUri === undefined ? 'client_secret_post' : 'private_key_jwt')
  const logout = backChannelLogoutUri ?? (base === undefined ? undefined : `${base}/backchannel-logout`)
  return {
    clientId: clientId ?? DEMO_CLIENT.clientId,
    tokenEndpointAuthMethod: method,
    ...(jwksUri === undefined ? { clientSecret: clientSecret ?? DEMO_CLIENT.clientSecret } : { jwksUri, clientSecret }),
    redirectUris: redirectUri ? [...redirectUri] : bases.map((each) => `${each}/callback`),
    ...(logout === undefined ? {} : { backChannelLogoutUri: logout }),
    ...(base === undefined
      ? {}
      : { postLogoutRedirectUris: bases.map((each) => `${each}/`), initiateLoginUri: `${base}/login` }),
  }
}

/** The address without a slash at its end; on loopback under both its names, for people type either. */
function basesOf(app: string): string[] {
  if (!/^https?:\/\//.test(app) || !URL.canParse(app)) {
    throw refusal(`--app must be an http or https address, not ${JSON.stringify(app)}.`)
  }
  const url = new URL(app)
  const base = `${url.origin}${url.pathname.replace(/\/$/, '')}`
  if (!isLoopback(url.hostname) || url.hostname === '[::1]') return [base]
  const other = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  return [base, base.replace(url.hostname, other)]
}

function refusal(message: string): CliError {
  return new CliError(message, { exitCode: 2 })
}
