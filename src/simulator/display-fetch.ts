/** A `fetch` that reaches the simulator under the address it displays. */
import type { Addresses } from './world.js'

/** Requests for the displayed origin, with or without its port, go to where the simulator listens; others go where they say. */
export function fetchThrough({ url, issuer }: Addresses): typeof fetch {
  const displayed = new URL(issuer).origin
  return (input, init) => {
    const request = new URL(input instanceof Request ? input.url : input)
    if (request.origin !== displayed) return fetch(input, init)
    const address = `${url}${request.pathname}${request.search}`
    return fetch(input instanceof Request ? new Request(address, input) : address, init)
  }
}
