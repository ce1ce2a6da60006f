/** FIELD-16: a misspelt member in a test proves nothing, so that it is refused. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'

import { startTestCis2, type SignInChoice, type TestCis2, type TestCis2Settings } from '../../../src/testing/index.js'
import { rejectionOf } from '../../support/thrown-by.js'
import { appUnderTest } from './app-under-test.js'

let cis2: TestCis2

beforeAll(async () => {
  cis2 = await startTestCis2()
})

afterAll(() => cis2.stop())

describe('FIELD-16 the test kit', () => {
  it.each([
    [{ user: [] }, 'startTestCis2() does not know "user"; did you mean "users"?'],
    [{ nhsAPI: true }, 'startTestCis2() does not know "nhsAPI"; did you mean "nhsApi"?'],
    [[], 'startTestCis2() takes an object with users and nhsApi.'],
    [null, 'startTestCis2() takes an object with users and nhsApi.'],
  ])('refuses to start with %j', async (settings, message) => {
    expect(await rejectionOf(startTestCis2(settings as TestCis2Settings))).toMatchObject({
      name: 'TestCis2Error',
      message,
    })
  })

  it.each([
    [{ all: 2 }, 'signInAs() does not know "all"; did you mean "aal"?'],
    [{ rôle: 'R8001' }, 'signInAs() does not know "rôle"; did you mean "role"?'],
    ['R8001', 'signInAs() takes an object with aal and role.'],
  ])('signs nobody in with %j', async (choice, message) => {
    const agent = request.agent(appUnderTest(cis2))
    expect(await rejectionOf(cis2.signInAs(agent, 'Ngozi Okafor', choice as SignInChoice))).toMatchObject({
      name: 'TestCis2Error',
      message,
    })
  })
})
