import { createProgress } from '../../../../src/cli/doctor/progress.js'

function sink(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, written, write: (text: string) => written.push(text) }
}

describe('createProgress', () => {
  it('says on a terminal who is waited for, and for how long at most, and wipes the line', () => {
    const stderr = sink(true)
    const progress = createProgress({ stderr, env: {} })
    progress.waitFor(['CIS2', 'Redis'])
    progress.waitFor([])
    progress.end()
    expect(stderr.written).toEqual(['\r\u001b[2KAsking CIS2, Redis … 0 s of at most 30 s', '\r\u001b[2K'])
  })

  it.each([
    { what: 'a file or a pipe', isTTY: false, env: {} },
    { what: 'a dumb terminal', isTTY: true, env: { TERM: 'dumb' } },
  ])('prints nothing to $what', ({ isTTY, env }) => {
    const stderr = sink(isTTY)
    const progress = createProgress({ stderr, env })
    progress.waitFor(['CIS2'])
    progress.end()
    expect(stderr.written).toEqual([])
  })
})
