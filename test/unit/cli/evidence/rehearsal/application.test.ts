import express from 'express'

import { createAppOf, theirApplication } from '../../../../../src/cli/evidence/rehearsal/application.js'
import { thrownBy } from '../../../../support/thrown-by.js'
import type { Cis2Options } from '../../../../../src/options/cis2-options.js'

const options = {} as Cis2Options
const createApp = () => express()

describe('a module for --module', () => {
  it.each([
    { what: 'createApp', module: { createApp } },
    { what: 'a default export', module: { default: createApp } },
    { what: 'createApp of CommonJS', module: { default: { createApp } } },
  ])('gives the application by $what', ({ module }) => {
    expect(createAppOf(module, 'app.mjs')).toBe(createApp)
  })

  it.each([
    { what: 'nothing', module: {} },
    { what: 'an application that was built already, with options of its own', module: { default: express() } },
  ])('is refused when it exports $what', ({ module }) => {
    expect(thrownBy(() => createAppOf(module, 'app.mjs'))).toMatchObject({ exitCode: 2 })
  })
})

describe('createApp', () => {
  it('may close what it has opened', async () => {
    const close = jest.fn()
    const application = await theirApplication(() => ({ app: express(), close }), options)
    await application.close()
    expect(close).toHaveBeenCalledTimes(1)
  })

  it.each([
    { what: 'returns no application', made: () => ({}), message: /must return/ },
    {
      what: 'throws',
      made: () => {
        throw new Error('no database.\nat secret')
      },
      message: /failed: no database\.$/,
    },
  ])('ends the command when it $what', async ({ made, message }) => {
    await expect(theirApplication(made, options)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message) as string,
    })
  })
})
