/** Simulator, clock, audit stream and application, put together for the tests. */
import { createServer } from 'node:http'

import type { Cis2Event } from '../../../events.js'
import type { Cis2Config } from '../../../options/cis2-config.js'
import type { Cis2Options } from '../../../options/cis2-options.js'
import { parseOptions } from '../../../options/parse-options.js'
import { type Simulator, type SimulatorClient, startSimulator } from '../../../simulator/index.js'
import { CliError } from '../../io.js'
import { type CreateApp, ownApplication, theirApplication } from './application.js'
import { ROLELESS, STAFF } from './cast.js'
import { REHEARSED_ISSUER, REHEARSED_ORIGIN, rehearsedOptions } from './rehearsed-options.js'
import { createNotes, type StageNotes } from './stage-notes.js'
import { closeServer, listen, LOGOUT_RELAY } from './stage-server.js'
import { Visitor } from './visitor.js'

/** Discovery takes a few milliseconds; an application that connects to more than CIS2 takes longer. */
const READY_WITHIN_MILLISECONDS = 20_000
const READY_POLL_MILLISECONDS = 50

export interface Stage {
  readonly config: Cis2Config
  readonly simulator: Simulator
  readonly isTheirs: boolean
  /** What has been said since the notes were last cleared. */
  readonly notes: StageNotes
  readonly logoutTokens: readonly string[]
  newVisitor(): Visitor
  advance(seconds: number): void
  tellLogout(token: string): Promise<number>
  close(): Promise<void>
}

export interface StageSettings {
  readonly options: Cis2Options
  readonly config: Cis2Config
  readonly createApp: CreateApp | undefined
}

/** Starts everything on loopback. Rejects with a `CliError` when the application cannot be made or does not get ready. */
export async function setStage({ options, config, createApp }: StageSettings): Promise<Stage> {
  let now = Date.now()
  const clock = () => now
  const events: Cis2Event[] = []
  const logoutTokens: string[] = []
  const simulator = await startSimulator({ issuer: REHEARSED_ISSUER, clients: [], users: [STAFF, ROLELESS], clock })
  const server = createServer()
  const closing: (() => unknown)[] = [() => closeServer(server), () => simulator.stop()]
  const close = async () => {
    await Promise.all(closing.map((each) => each()))
  }
  try {
    const onEvent = (event: Cis2Event) => void events.push(event)
    const surroundings = { fetch: simulator.fetch, clock, platformUrl: simulator.url, onEvent }
    const rehearsed = await rehearsedOptions(options, config, surroundings)
    const rehearsedConfig = parseOptions(rehearsed)
    const application = createApp ? await theirApplication(createApp, rehearsed) : ownApplication(rehearsed)
    closing.unshift(() => application.close())
    const listening = await listen(server, application)
    const place = { origin: REHEARSED_ORIGIN, path: config.baseUrl.path, playedAt: listening.port }
    const unseen = new Visitor({ ...place, note: ignore })
    const post = (token: string) => postLogout(unseen, rehearsedConfig, token)
    listening.relay(async (token) => {
      logoutTokens.push(token)
      return post(token)
    })
    simulator.addClient(clientFor(rehearsedConfig, `http://127.0.0.1:${listening.port}${LOGOUT_RELAY}`))
    const notes = createNotes(events, simulator)
    await untilReady(unseen, rehearsedConfig)
    return {
      config: rehearsedConfig,
      simulator,
      isTheirs: application.isTheirs,
      notes,
      logoutTokens,
      newVisitor: () => new Visitor({ ...place, note: notes.add.bind(notes) }),
      advance(seconds) {
        now += seconds * 1000
      },
      async tellLogout(token) {
        notes.add({ from: 'cis2', to: 'app', label: 'POST back-channel logout' })
        const status = await post(token)
        notes.add({ from: 'app', to: 'cis2', label: String(status) })
        return status
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function postLogout(cis2: Visitor, { routes }: Cis2Config, token: string): Promise<number> {
  if (routes.backChannelLogout === false) return 404
  const { status } = await cis2.open(routes.backChannelLogout, {
    form: { logout_token: token },
    as: 'program',
    cookies: '',
  })
  return status
}

async function untilReady(visitor: Visitor, { routes }: Cis2Config): Promise<void> {
  if (routes.login === false) {
    throw new CliError('routes.login is false: the rehearsal needs a route that begins a sign-in.', { exitCode: 2 })
  }
  const until = Date.now() + READY_WITHIN_MILLISECONDS
  for (;;) {
    const { status } = await visitor.open(routes.login)
    if ([200, 302, 303].includes(status)) return
    if (status !== 503 || Date.now() > until) {
      const reason = `GET ${routes.login} answers ${status}, not with a redirect to CIS2`
      throw new CliError(
        `${reason}: does createApp(options) give the options to cis2Auth, unchanged, and mount it at the root?`,
        { exitCode: 2 },
      )
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MILLISECONDS))
  }
}

function clientFor(config: Cis2Config, backChannelLogoutUri: string): SimulatorClient {
  const { baseUrl, clientId, clientAuthentication: own, nhsApi, postLogoutPath, routes, userInfo } = config
  const address = baseUrl.origin + baseUrl.path
  return {
    clientId,
    redirectUris: [`${address}${String(routes.callback)}`],
    postLogoutRedirectUris: [`${address}${postLogoutPath}`],
    userInfo: userInfo === 'signed' ? 'signed' : 'json',
    tokenEndpointAuthMethod: own.method,
    ...(own.method === 'private_key_jwt'
      ? { jwks: { keys: own.keys.map(({ publicJwk }) => publicJwk) } }
      : { clientSecret: own.clientSecret }),
    ...(routes.backChannelLogout === false ? {} : { backChannelLogoutUri }),
    ...(nhsApi === undefined
      ? {}
      : {
          apiPlatform: {
            apiKey: nhsApi.apiKey,
            apiSecret: nhsApi.apiSecret,
            jwks: { keys: nhsApi.keys.map(({ publicJwk }) => publicJwk) },
          },
        }),
  }
}

function ignore(): void {}
