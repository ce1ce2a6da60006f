/** What `startSimulator` takes, and the one function that checks it. */
import { z } from 'zod'

import { clientSchema, DEMO_CLIENT, type SimulatorClient } from './clients.js'
import { theCast } from './cast.js'
import { findUser } from './find-user.js'
import { isFaultName, problemWithFault } from './faults/check-fault.js'
import type { FaultName, FaultValue } from './faults/index.js'
import { SimulatorOptionsError } from './options-error.js'
import { describeIssues, sayProblem } from './problems.js'
import { type SimulatorUser, userSchema } from './users.js'

/** Where CIS2 keeps its OpenID provider; the simulator does too unless `issuer` says otherwise. */
export const AM_REALM_PATH = '/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'

/** The options of `startSimulator`. */
export interface SimulatorOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  host?: string | undefined
  /** Port to listen on. Default 0: a free one. */
  port?: number | undefined
  /**
   * The issuer's text as displayed, in tokens, discovery and every endpoint, for example with `:443` as CIS2 has it.
   * Default: where the simulator listens, followed by CIS2's realm path.
   */
  issuer?: string | undefined
  /** Listens with TLS, with a certificate made at start. Default false. */
  https?: boolean | undefined
  /** Who may send users here. Default: one ready-made client, `DEMO_CLIENT`. */
  clients?: readonly SimulatorClient[] | undefined
  /** Who can sign in. Default: the cast, `theCast()`. */
  users?: readonly SimulatorUser[] | undefined
  /** Faults that hold from the start: names, or names with a value. */
  faults?: readonly FaultName[] | Partial<Record<FaultName, FaultValue>> | undefined
  /**
   * Signs this person in (name, e-mail address or user ID) without any page, for end-to-end tests and development.
   * A `login_hint` that means another user, and `nextSignIn`, go before it. Default: the pages are shown.
   */
  signInAs?: string | undefined
  /**
   * A folder that keeps keys and certificate over restarts; it is made when it is not there. Default: both are made anew
   * at each start, and clients that have kept the old ones have to read them again.
   */
  state?: string | undefined
  /** Epoch milliseconds. Default `Date.now`. */
  clock?: (() => number) | undefined
}

/** Complete and checked. */
export interface SimulatorSettings {
  readonly host: string
  readonly port: number
  readonly issuer: string | undefined
  readonly https: boolean
  readonly clients: readonly SimulatorClient[]
  readonly users: readonly SimulatorUser[]
  readonly faults: ReadonlyMap<FaultName, FaultValue>
  readonly signInAs: SimulatorUser | undefined
  readonly state: string | undefined
  readonly clock: () => number
}

const issuerSchema = z.string().superRefine((text, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
  }
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    refuse('must be an absolute http or https URL')
    return
  }
  if (text.endsWith('/') || /[?#]/.test(text)) refuse('must have no query, no fragment and no slash at the end')
  if (new URL(text).pathname.startsWith('/simulator')) refuse("must not begin with the simulator's own path /simulator")
})

const faultValueSchema = z.union([z.literal(true), z.string(), z.number()])

const optionsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(0).max(65535).default(0),
  issuer: issuerSchema.optional(),
  https: z.boolean().default(false),
  clients: z
    .array(clientSchema)
    .refine((clients) => allDifferent(clients.map(({ clientId }) => clientId)), {
      error: 'two clients share a clientId',
    })
    .optional(),
  users: z
    .array(userSchema)
    .min(1)
    .refine((users) => allDifferent(users.map(({ sub }) => sub)), { error: 'two users share a sub' })
    .optional(),
  faults: z
    .union([z.array(z.string()).transform((names) => names.map((name) => [name, true] as const)), faultRecord()])
    .superRefine((entries, context) => {
      for (const [name, value] of entries) {
        const message = problemWithFault(name, value)
        if (message !== undefined) context.addIssue({ code: 'custom', message })
      }
    })
    .optional(),
  signInAs: z.string().optional(),
  state: z.string().min(1).optional(),
  clock: z.custom<() => number>((value) => typeof value === 'function', { error: 'must be a function' }).optional(),
})

function faultRecord() {
  return z.record(z.string(), faultValueSchema).transform((record) => Object.entries(record))
}

function allDifferent(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length
}

/**
 * Checks the options of `startSimulator` and fills in the defaults.
 *
 * @throws {SimulatorOptionsError} listing every problem at once.
 */
export function parseSimulatorOptions(options: SimulatorOptions): SimulatorSettings {
  const parsed = optionsSchema.safeParse(options, { error: sayProblem })
  if (!parsed.success) throw new SimulatorOptionsError(describeIssues(parsed.error))
  const { host, port, issuer, https, clients, faults, clock, state } = parsed.data
  const users = (parsed.data.users as readonly SimulatorUser[] | undefined) ?? theCast()
  const signInAs = parsed.data.signInAs === undefined ? undefined : findUser(users, parsed.data.signInAs)
  if (signInAs && 'problem' in signInAs) throw new SimulatorOptionsError([`signInAs: ${signInAs.problem}`])
  return Object.freeze({
    host,
    port,
    issuer,
    https,
    clients: clients ?? [structuredClone(DEMO_CLIENT)],
    users,
    signInAs: signInAs?.user,
    state,
    faults: new Map((faults ?? []).flatMap(([name, value]) => (isFaultName(name) ? [[name, value] as const] : []))),
    clock: clock ?? Date.now,
  })
}

/** Checks one client, as `addClient` gets it. */
export function parseClient(client: SimulatorClient): SimulatorClient {
  const parsed = clientSchema.safeParse(client, { error: sayProblem })
  if (!parsed.success) throw new SimulatorOptionsError(describeIssues(parsed.error, 'client.'))
  return parsed.data
}
