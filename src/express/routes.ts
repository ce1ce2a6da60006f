/** Paths to handlers, and nothing else. */
import type { Cis2Config } from '../options/cis2-config.js'
import type { RouteName } from '../options/cis2-options.js'

/** Which of our routes a path is; a request matches with and without the path of `baseUrl`, as a proxy may strip it. */
export function createRouteTable(config: Cis2Config): ReadonlyMap<string, RouteName> {
  const table = new Map<string, RouteName>()
  for (const [name, path] of Object.entries(config.routes) as [RouteName, string | false][]) {
    if (path === false) continue
    table.set(path, name)
    table.set(config.baseUrl.path + path, name)
  }
  return table
}
