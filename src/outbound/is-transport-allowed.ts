/** Whether an address may be called at all. */
import { isLoopback } from '../primitives/is-loopback.js'

/** Whether an address is https, or http on this machine. */
export function isTransportAllowed(address: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}
