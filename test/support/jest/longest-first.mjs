// The order of the suites where Jest has no times of an earlier run: by what they start, so that the longest are not the last.
import TestSequencer from '@jest/test-sequencer'

/** Rooms of `test/` whose suites wait for browsers, builds and servers; the others follow as Jest orders them. */
const LONG = ['browser', 'package', 'guides', 'redis']

const rankOf = ({ path }) => {
  const rank = LONG.findIndex((room) => path.replaceAll('\\', '/').includes(`/test/${room}/`))
  return rank === -1 ? LONG.length : rank
}

export default class LongestFirst extends (TestSequencer.default ?? TestSequencer) {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rankOf(one) - rankOf(other))
  }
}
