/** `errors: 'next'`: what an application's own error handler finds. */
import type { ErrorRequestHandler } from 'express'
import helmet from 'helmet'

import { isCis2Error } from '../../src/index.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import { NURSE } from '../support/app/scripted-provider.js'
import type { TestApp } from '../support/app/start-app.js'

const showError: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (!isCis2Error(error)) {
    next(error)
    return
  }
  const { code, status, correlationId } = error
  res.status(status).json({ code, correlationId, sub: req.cis2User?.sub })
}

describe("an application with errors: 'next'", () => {
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ app } = both)
    },
    {
      options: { errors: 'next' },
      before: (express) => express.use(helmet({ referrerPolicy: { policy: 'no-referrer' } })),
      after: (express) => express.use(showError),
    },
  )

  const refusedCallback = async (browser = app.browser()) =>
    browser.navigate(`${app.baseUrl}/callback?state=forged&code=x`)

  it('answers a refused sign-in with its own policy, and never from a cache', async () => {
    const { status, headers, json } = await refusedCallback()
    expect({ status, code: json().code }).toEqual({ status: 400, code: 'CIS2_SIGN_IN_REFUSED' })
    const own = (await app.browser().navigate(`${app.baseUrl}/`)).headers
    for (const name of ['content-security-policy', 'referrer-policy', 'x-frame-options']) {
      expect({ [name]: headers.get(name) }).toEqual({ [name]: own.get(name) })
    }
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('finds in the error what joins it to the audit stream', async () => {
    app.events.length = 0
    const { correlationId } = (await refusedCallback()).json()
    expect(correlationId).toMatch(/^[0-9a-f-]{36}$/)
    expect(app.eventsOf('sign-in.refused')).toMatchObject([{ correlationId }])
  })

  it('can say who is still signed in when a second sign-in is refused', async () => {
    const browser = await app.signedIn()
    expect((await refusedCallback(browser)).json()).toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED', sub: NURSE.sub })
    expect((await refusedCallback()).json()).not.toHaveProperty('sub')
  })
})
