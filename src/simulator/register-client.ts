/** Registers a client while the simulator runs. */
import type { SimulatorClient } from './clients.js'
import type { World } from './world.js'

/** One of the same `clientId` is replaced; key sets are read anew, for it may have brought others. */
export function registerClient(
  { clients, keySets }: Pick<World, 'clients' | 'keySets'>,
  client: SimulatorClient,
): void {
  clients.set(client.clientId, client)
  for (const keySet of keySets) keySet.forget()
}
