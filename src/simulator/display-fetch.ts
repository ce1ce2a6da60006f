/** A `fetch` that reaches the simulator under the address it displays. */
import { fetchOverNode, usualFetch } from './fetch-over-node.js'
import type { Addresses } from './world.js'

/**
 * Requests for the displayed origin, with or without its port, go to where the simulator listens, and so do those for
 * where it listens; with TLS they trust its certificate. All others go where they say.
 */
export function fetchThrough({ url, issuer, certificate }: Addresses): typeof fetch {
  const displayed = new URL(issuer).origin
  const reach = certificate === undefined ? usualFetch() : fetchOverNode(certificate)
  return (input, init) => {
    const request = new URL(input instanceof Request ? input.url : input)
    if (request.origin !== displayed && request.origin !== url) return usualFetch()(input, init)
    const address = `${url}${request.pathname}${request.search}`
    return reach(input instanceof Request ? new Request(address, input) : address, init)
  }
}
