/**
 * What is mutated, and which tests judge it: a room of the source, with the tests that hold its rules.
 * `least` is the score, in per cent, below which the run fails.
 */
export const ROOMS = [
  {
    name: 'return-to',
    least: 100,
    sources: ['src/express/return-to.ts'],
    tests: ['test/unit/express/return-to.test.ts'],
  },
  {
    name: 'sealing',
    least: 100,
    sources: ['src/session/records/{seal,session-secrets,session-id}.ts'],
    tests: ['test/unit/session/records', 'test/unit/session/pending'],
  },
  {
    name: 'guard',
    least: 100,
    sources: [
      'src/express/require-cis2.ts',
      'src/express/guard-context.ts',
      'src/cis2/{access,requirement,refused-key}.ts',
    ],
    tests: [
      'test/unit/express/require-cis2.test.ts',
      'test/unit/cis2/access.test.ts',
      'test/unit/cis2/requirement.test.ts',
      'test/unit/cis2/refused-key.test.ts',
      'test/journey/guard.test.ts',
      'test/journey/step-up.test.ts',
      'test/journey/mounting.test.ts',
      'test/journey/refusals.test.ts',
    ],
  },
  {
    name: 'token-checks',
    least: 100,
    sources: [
      'src/oidc/{signed-token,id-token,logout-token,user-info,claim-checks,key-set,token-response,callback-query}.ts',
    ],
    tests: [
      'test/unit/oidc/signed-token.test.ts',
      'test/unit/oidc/token-response.test.ts',
      'test/unit/oidc/id-token.test.ts',
      'test/unit/oidc/logout-token.test.ts',
      'test/unit/oidc/user-info.test.ts',
      'test/unit/oidc/claim-checks.test.ts',
      'test/unit/oidc/published-keys.test.ts',
      'test/unit/oidc/token-endpoint.test.ts',
      'test/unit/oidc/callback-query.test.ts',
      'test/unit/oidc/sign-in.test.ts',
    ],
  },
  {
    name: 'claims',
    least: 95,
    sources: ['src/cis2/*.ts', '!src/cis2/{access,requirement,refused-key}.ts'],
    tests: ['test/unit/cis2', 'test/unit/options/nhs-api.test.ts', 'test/unit/oidc/callback-query.test.ts'],
  },
  {
    name: 'records',
    least: 95,
    sources: [
      'src/session/records/{session-record,opened-sessions,user-text}.ts',
      'src/session/pending/*.ts',
      'src/session/{plain-cookie-value,set-cookie}.ts',
      'src/session/express-session/with-its-cookie.ts',
    ],
    tests: [
      'test/unit/session/records',
      'test/unit/session/pending',
      'test/unit/session/plain-cookie-value.test.ts',
      'test/unit/session/set-cookie.test.ts',
      'test/unit/session/express-session/with-its-cookie.test.ts',
    ],
  },
  {
    name: 'store-in-memory',
    least: 95,
    sources: ['src/session/memory/*.ts'],
    tests: ['test/unit/session/memory', 'test/redis/backend-contract.test.ts#the in-memory store'],
  },
  {
    name: 'store-on-redis',
    least: 95,
    sources: ['src/session/redis/{operations,pending-operations,ending-operations,api-tokens,replies}.ts'],
    tests: [
      'test/unit/session/redis/operations.test.ts',
      'test/unit/session/redis/replies.test.ts',
      'test/redis/backend-contract.test.ts#one Redis',
    ],
  },
  {
    name: 'same-origin',
    least: 95,
    sources: ['src/express/same-origin.ts'],
    tests: ['test/unit/express/same-origin.test.ts'],
  },
]
