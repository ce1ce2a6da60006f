import { whenOrphaned } from '../../../src/cli/parent-process.js'

describe('whenOrphaned', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  it('calls back once when the process has another parent', () => {
    let parent = 7
    const callBack = jest.fn()
    whenOrphaned(() => parent, callBack)
    jest.advanceTimersByTime(10_000)
    expect(callBack).not.toHaveBeenCalled()
    parent = 1
    jest.advanceTimersByTime(10_000)
    expect(callBack).toHaveBeenCalledTimes(1)
  })
})
