/** What is rehearsed: the team's application, made by its module for the options of the rehearsal, or a small one of ours. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import express from 'express'

import { cis2Auth } from '../../../cis2-auth.js'
import { requireCis2 } from '../../../express/require-cis2.js'
import type { Cis2Options } from '../../../options/cis2-options.js'
import { CliError, messageOf } from '../../io.js'

export type Listener = (req: IncomingMessage, res: ServerResponse) => unknown

export interface RehearsedApplication {
  readonly listener: Listener
  /** Whether it is the team's. */
  readonly isTheirs: boolean
  close(): Promise<void>
}

/** Guarded pages of ours: for whoever is signed in, and for a role. */
export const OWN_PAGE = '/evidence/signed-in'
export const OWN_ROLE_PAGE = '/evidence/role'

/** The role of the page for a role. */
export const OWN_ROLE = 'R8000'

/** A page for whoever is signed in, one for a role, and nothing else. */
export function ownApplication(options: Cis2Options): RehearsedApplication {
  const app = express()
  const auth = cis2Auth(withoutTheirParts(options))
  app.use(auth)
  app.get(OWN_PAGE, requireCis2(), (_req, res) => res.send('signed in'))
  app.get(OWN_ROLE_PAGE, auth.requireCis2({ roles: [OWN_ROLE] }), (_req, res) => res.send('has the role'))
  return { listener: app, isTheirs: false, close: () => auth.close() }
}

/** The team's hook and error pages belong to its application, which is not here. */
function withoutTheirParts(options: Cis2Options): Cis2Options {
  const own = { ...options, errors: 'respond' as const }
  delete own.onSignIn
  return own
}

/** What a module for `--module` exports. */
export type CreateApp = (options: Cis2Options) => unknown

/** The `createApp` of a loaded module, or its default export. Throws a {@link CliError} (exit code 2) when there is none. */
export function createAppOf(loaded: unknown, path: string): CreateApp {
  const { createApp, default: usual } = (loaded ?? {}) as { createApp?: unknown; default?: unknown }
  const inner = (usual as { createApp?: unknown } | undefined)?.createApp
  const found = [createApp, inner, usual].find((value) => typeof value === 'function')
  if (found !== undefined && !isExpress(found)) return found as CreateApp
  throw new CliError(
    `${path} must export a function createApp(options) that returns the application; options are those of cis2Auth.`,
    { exitCode: 2 },
  )
}

/** An application that was built already has the team's own options in it, and would ask CIS2. */
function isExpress(value: object): boolean {
  return 'handle' in value && 'set' in value
}

export async function theirApplication(createApp: CreateApp, options: Cis2Options): Promise<RehearsedApplication> {
  const made = await making(createApp, options)
  const { app = made, close } = (made ?? {}) as { app?: unknown; close?: unknown }
  if (typeof app !== 'function') {
    throw new CliError('createApp(options) must return an Express application, or { app, close }.', { exitCode: 2 })
  }
  return {
    listener: app as Listener,
    isTheirs: true,
    async close() {
      if (typeof close === 'function') await (close as () => unknown)()
    },
  }
}

async function making(createApp: CreateApp, options: Cis2Options): Promise<unknown> {
  try {
    return await createApp(options)
  } catch (error) {
    const reason = messageOf(error).replace(/\.$/, '')
    throw new CliError(`createApp(options) failed: ${reason}.`, { cause: error, exitCode: 2 })
  }
}
