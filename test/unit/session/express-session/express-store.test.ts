import { ExpressStore } from '../../../../src/session/express-session/express-store.js'
import { createVisits, Visit } from '../../../../src/session/express-session/visit.js'
import { addressOf, newSessionId, type SessionAddress } from '../../../../src/session/records/session-id.js'

/** A store, and which sessions were read from behind it. */
function storeAndReads() {
  const read: SessionAddress[] = []
  const client = {
    get(address: SessionAddress) {
      read.push(address)
      return Promise.resolve(undefined)
    },
    set: () => Promise.resolve(),
    end: () => Promise.resolve(),
  }
  return { read, store: new ExpressStore(client, createVisits(), false) }
}

describe('the store that express-session is given', () => {
  it('reads the session whose signature was compared, whatever was remembered of the cookie', async () => {
    const { read, store } = storeAndReads()
    const [signed, remembered] = [newSessionId(), newSessionId()]
    for (const expected of [remembered, signed]) {
      await new Promise<void>((resolve) => {
        store.arrive(new Visit(false), addressOf(expected), () => {
          void store.get(signed, () => {
            resolve()
          })
        })
      })
    }
    expect(read).toEqual([addressOf(signed), addressOf(signed)])
  })
})
