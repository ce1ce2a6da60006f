/** `/logout`: signs out on a POST of our own origin, or on a click within it; anything else gets a page with a button. */
import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'

import {
  CrossOriginError,
  MethodNotAllowedError,
  SignOutNotConfirmedError,
  StoreUnavailableError,
} from '../../errors.js'
import { publicAddress } from '../../primitives/public-address.js'
import type { Loaded } from '../../session/sessions.js'
import { isOwnNavigation } from '../navigation.js'
import type { Parts, RouteHandler } from '../parts.js'
import { dropPagesAhead, leaveOrigin, redirect, sendPage } from '../respond.js'
import { isSameOrigin } from '../same-origin.js'

export function createLogout(parts: Parts): RouteHandler {
  const { config } = parts
  return async function logout(req, res, loaded) {
    if (req.method !== 'GET' && req.method !== 'HEAD' && req.method !== 'POST')
      throw new MethodNotAllowedError('GET, POST')
    if (req.method === 'POST') {
      if (!isSameOrigin(req.headers, config.baseUrl.origin)) throw new CrossOriginError()
    } else if (req.method === 'HEAD' || !isOwnNavigation(req)) {
      sendPage(res, 200, {
        title: 'Do you want to sign out?',
        button: { action: config.baseUrl.path + String(config.routes.logout), text: 'Sign out' },
      })
      return
    }
    await signOutAndLeave(req, res, parts, loaded)
  }
}

async function signOutAndLeave(req: Request, res: Response, parts: Parts, loaded: Loaded): Promise<void> {
  const { config } = parts
  const landing = config.baseUrl.path + config.postLogoutPath
  const elsewhere = config.idpLogout ? await endSessionAddress(parts, loaded) : undefined
  await signOut(req, res, parts)
  if (elsewhere === undefined) redirect(res, 303, landing)
  else leaveOrigin(req, res, 303, elsewhere, { title: 'Signing you out of NHS Care Identity' })
}

/** Ends the session of a request. The cookie is cleared even when the store does not answer. */
export async function signOut(req: Request, res: Response, { sessions }: Parts): Promise<void> {
  dropPagesAhead(res)
  try {
    await sessions.end(req, res, 'sign-out')
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw new SignOutNotConfirmedError({ cause: error })
    throw error
  }
}

/** CIS2's end-session address; undefined when it has none or the hint cannot be had. Local sign-out never waits for it. */
async function endSessionAddress({ config, provider }: Parts, loaded: Loaded): Promise<string | undefined> {
  if (loaded.session === undefined) return undefined
  try {
    const tokens = await loaded.session.tokens()
    if (tokens === undefined) return undefined
    return provider.buildEndSessionUrl({
      idToken: tokens.idToken,
      postLogoutRedirectUri: publicAddress(config.baseUrl, config.postLogoutPath),
      state: randomBytes(16).toString('hex'),
    })
  } catch (error) {
    // Without the token CIS2 would refuse; the local session is what protects the patient.
    if (error instanceof StoreUnavailableError) return undefined
    throw error
  }
}
