/** A logout token is remembered for as long as it would be accepted again. */
import { issueTimeProblem } from '../../../src/oidc/claim-checks.js'
import { createSessions } from '../../../src/session/create-sessions.js'
import { createMemoryBackend } from '../../../src/session/memory/backend.js'
import { configWith } from '../../support/redis/backends.js'

const ISSUED_AT = 1_800_000_000
/** As far from it as any clock is tried, in seconds. */
const HORIZON = 3600

/** The first and the last second in which a token is accepted by its `iat`, which an `exp` can only shorten. */
function accepted(clockToleranceSeconds: number): { first: number; last: number } {
  const seconds = Array.from({ length: 2 * HORIZON }, (_, index) => ISSUED_AT - HORIZON + index)
  const good = seconds.filter((now) => issueTimeProblem(ISSUED_AT, { now, clockToleranceSeconds }) === undefined)
  return { first: Number(good[0]), last: Number(good.at(-1)) }
}

describe('BCL-15 a used logout token', () => {
  // 0 and 300 are the ends of what the option `clockToleranceSeconds` takes.
  describe.each([0, 30, 300])('under a clock tolerance of %d s', (tolerance) => {
    it.each([
      ['sid', { sid: 'sid-1', sub: undefined }, true],
      ['sub', { sid: undefined, sub: '555012345678' }, true],
      ['both', { sid: 'sid-1', sub: '555012345678' }, true],
      ['sid, on a Cluster', { sid: 'sid-1', sub: undefined }, false],
      ['both, on a Cluster', { sid: 'sid-1', sub: '555012345678' }, false],
    ])('is remembered in the last second in which it is accepted (%s)', async (_what, names, crossesSlots) => {
      const { first, last } = accepted(tolerance)
      let now = first * 1000
      const clock = () => now
      const backend = { ...createMemoryBackend(clock), crossesSlots: () => crossesSlots }
      const config = configWith({ redis: 'redis://127.0.0.1:1' }, clock)
      const sessions = createSessions(config, () => undefined, backend)
      const token = { ...names, issuedAt: ISSUED_AT, tokenId: 'token-1' }
      expect(await sessions.endByLogoutToken(token)).toBe('done')
      now = last * 1000 + 999
      expect(await sessions.endByLogoutToken(token)).toBe('replayed')
    })
  })
})
