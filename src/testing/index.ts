/** The test kit: signs named people in to an application under test, with one line, offline. */
export type { RoleDetails } from './a-role.js'
export { aUser, type UserDetails } from './a-user.js'
export { fakeCis2Auth, type FakeOptions } from './fake-cis2-auth.js'
export type { RoleChoice } from './personas.js'
export type { TestCis2Options, TestOptions } from './registrations.js'
export { startTestCis2, type SignInChoice, type TestCis2, type TestCis2Settings } from './start-test-cis2.js'
export type { SupertestAgent, SupertestRequest, SupertestResponse } from './supertest-agent.js'
export { TestCis2Error, type TestAnswer } from './test-cis2-error.js'
