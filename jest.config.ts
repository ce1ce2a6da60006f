/** @jest-config-loader-options {"transpileOnly": true, "compilerOptions": {"module": "commonjs", "moduleResolution": "bundler"}} */
import { availableParallelism } from 'node:os'

import type { Config } from 'jest'

import apart from './test/support/jest/apart.json' with { type: 'json' }

// These four ship ES modules only, which Jest cannot require on Node 20: they are transformed like our own source.
const esModulesOnly = ['openid-client', 'oauth4webapi', 'jose', 'oidc-provider']

// Set by `npm run test:long`: randomised and slow tests, apart from the others.
const longMinutes = process.env.CIS2_LONG_MINUTES
// A proof of so many cases takes what it takes.
const A_DAY = 24 * 60 * 60_000
const longTimeout = process.env.CIS2_LONG_COUNT === undefined ? (Number(longMinutes) + 10) * 60_000 : A_DAY

// Set by commands for some folders of `test/` (`npm run test:browser`, `test:package`), which `npm test` leaves out.
const command = longMinutes === undefined ? process.env.CIS2_TESTS : 'long'

/** Files of types alone: nothing of them runs, so nothing of them can be covered. */
const typesOnly = [
  'health',
  'cis2/access-subject',
  'cis2/checked-claims',
  'cis2/claims',
  'cis2/tokens',
  'cis2/user',
  'cli/evidence/rehearsal/test-case',
  'cli/evidence/report',
  'nhs-api/nhs-api',
  'nhs-api/token-slot',
  'oidc/provider',
  'options/api-platform-options',
  'options/cis2-config',
  'options/cis2-options',
  'options/client-authentication-options',
  'options/redis-credentials',
  'options/sign-in-hook',
  'session/api-token-slot',
  'session/place',
  'session/session-end-reason',
  'session/session-facts',
  'session/session-info',
  'session/sessions',
  'session/sign-in-outcome',
  'testing/test-cis2',
]

/** The folders of this command, or all that have none of their own. */
function foldersOfThisRun(): Pick<Config, 'testMatch' | 'testPathIgnorePatterns'> {
  const ignored = ['/node_modules/', '<rootDir>/test/bench/']
  if (command !== undefined) {
    const folders = (apart as Record<string, string[]>)[command] ?? []
    return { testMatch: folders.map((name) => `<rootDir>/test/${name}/**/*.test.ts`), testPathIgnorePatterns: ignored }
  }
  const others = Object.values(apart).flat()
  return {
    testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/example-app/test/**/*.test.ts'],
    testPathIgnorePatterns: [...ignored, ...others.map((name) => `<rootDir>/test/${name}/`)],
  }
}

const config: Config = {
  testEnvironment: '<rootDir>/test/support/jest/environment.mjs',
  testSequencer: '<rootDir>/test/support/jest/longest-first.mjs',
  ...foldersOfThisRun(),
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  globalSetup: '<rootDir>/test/support/commands/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/commands/global-teardown.mjs',
  moduleNameMapper: {
    '^express-cis2$': '<rootDir>/src/index.ts',
    '^express-cis2/simulator$': '<rootDir>/src/simulator/index.ts',
    '^express-cis2/session-warning$': '<rootDir>/src/session-warning/session-warning.js',
    '^express-cis2/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join('|')})/)`],
  // Most tests wait for a server or a browser more than they compute: one more than there are cores, up to four.
  maxWorkers: Math.min(4, availableParallelism() + 1),
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.d.ts', ...typesOnly.map((name) => `!src/${name}.ts`)],
  coverageDirectory: 'coverage',
  coverageReporters: ['text-summary', 'lcovonly', 'json-summary'],
  coverageThreshold: { global: { lines: 95, branches: 95 } },
  // What hangs is told apart from what waits for a busy machine, where a whole sign-in can take ten seconds.
  testTimeout: longMinutes === undefined ? 60_000 : longTimeout,
}

export default config
