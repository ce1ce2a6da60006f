/** What answers the time, in epoch milliseconds. */
export interface Clock {
  readonly read: () => number
}

/** Stands still unless a test advances it: a slow machine makes nothing expire. */
export class TestClock implements Clock {
  /** Epoch milliseconds. */
  now = Date.now()

  readonly read = (): number => this.now

  advance(seconds: number): void {
    this.now += seconds * 1000
  }
}
