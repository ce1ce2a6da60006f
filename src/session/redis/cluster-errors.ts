/** Why a Cluster cannot be reached. */
import type { Cluster, Redis } from 'ioredis'

/**
 * Puts the reason on the errors that a Cluster tells. It asks its nodes for their slots over connections whose errors it
 * keeps to itself, and then says "Connection is closed.", also where TLS has refused a certificate.
 */
export function tellReasons(cluster: Cluster): void {
  let reason: Error | undefined

  cluster.on('+node', function listen(node: Redis) {
    const duplicate = node.duplicate.bind(node)
    node.duplicate = function duplicateAndListen(options) {
      const copy = duplicate(options)
      copy.on('error', function keep(error: Error) {
        reason = error
      })
      return copy
    }
  })
  cluster.on('error', function tell(error: Error & { lastNodeError?: Error }) {
    if (reason !== undefined) error.lastNodeError = reason
    reason = undefined
  })
  cluster.on('ready', function forget() {
    reason = undefined
  })
}
