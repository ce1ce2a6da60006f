import { availableParallelism } from 'node:os'

import type { Config } from 'jest'

// These four ship ES modules only, which Jest cannot require on Node 20: they are transformed like our own source.
const esModulesOnly = ['openid-client', 'oauth4webapi', 'jose', 'oidc-provider']

// Set by `npm run test:long`: randomised and slow tests, apart from the others.
const longMinutes = process.env.CIS2_LONG_MINUTES

const config: Config = {
  testEnvironment: 'node',
  testMatch:
    longMinutes === undefined
      ? ['<rootDir>/test/**/*.test.ts', '<rootDir>/example-app/test/**/*.test.ts']
      : ['<rootDir>/test/long/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/bench/',
    ...(longMinutes === undefined ? ['<rootDir>/test/long/'] : []),
  ],
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
  collectCoverageFrom: ['src/**/*.ts'],
  coverageDirectory: 'coverage',
  coverageReporters: ['text-summary', 'lcovonly', 'json-summary'],
  coverageThreshold: { global: { lines: 95, branches: 95 } },
  testTimeout: longMinutes === undefined ? 20_000 : (Number(longMinutes) + 10) * 60_000,
}

export default config
