/** The first connection may still be on its way when the first request comes: that one waits, within bounds. */
import { CONNECT_TIMEOUT } from './client.js'
import type { RedisClient } from './client.js'

export interface FirstConnection {
  /** Undefined once the client has connected, or has failed to: from then on nobody waits. */
  underWay: Promise<void> | undefined
}

/** @param patience - `'patient'` waits on when a first try has failed, for the server may be starting as we are. */
export function firstConnection(client: RedisClient, patience: 'patient' | 'impatient' = 'impatient'): FirstConnection {
  const first: FirstConnection = { underWay: undefined }
  if (client.status === 'ready') return first
  first.underWay = new Promise<void>((resolve, reject) => {
    let reason = new Error('Connection timed out')

    function finish(settle: () => void): void {
      clearTimeout(timer)
      client.off('error', remember)
      client.off('close', lost)
      client.off('ready', connected)
      first.underWay = undefined
      settle()
    }
    function fail(): void {
      finish(() => {
        reject(reason)
      })
    }
    function remember(error: Error): void {
      reason = error
    }
    function lost(): void {
      if (patience === 'impatient') fail()
    }
    function connected(): void {
      finish(resolve)
    }

    const timer = setTimeout(fail, CONNECT_TIMEOUT)
    timer.unref()
    client.on('error', remember)
    client.on('close', lost)
    client.on('ready', connected)
  })
  // Awaited by whoever runs a command; nobody may be there yet when it rejects.
  first.underWay.catch(function nobodyYet() {})
  return first
}
