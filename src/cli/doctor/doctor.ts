/** `express-cis2 doctor`: examines a configuration against the world around it. */
import type { Cis2Options } from '../../options/cis2-options.js'
import type { CliIo } from '../io.js'
import { checkApplication } from './check-application.js'
import { checkConfiguration } from './check-configuration.js'
import { checkNhsApi } from './check-nhs-api.js'
import { checkProvider } from './check-provider.js'
import { checkRedis } from './check-redis.js'
import type { Finding } from './findings.js'

export interface DoctorOptions {
  /** Whether the application at `baseUrl` is asked too. */
  readonly askApplication: boolean
  /** How the application is reached; CIS2 is reached as the options say. */
  readonly fetch: typeof fetch
  readonly env: CliIo['env']
}

/** Every finding, in the order in which to mend things. */
export async function examine(options: Cis2Options, { askApplication, fetch, env }: DoctorOptions): Promise<Finding[]> {
  const { config, findings } = checkConfiguration(options, env)
  if (config === undefined) return findings
  const checks = [
    checkProvider(config),
    checkRedis(config),
    ...(config.nhsApi === undefined ? [] : [checkNhsApi(config, config.nhsApi)]),
    ...(askApplication ? [checkApplication(config, fetch)] : []),
  ]
  return [...findings, ...(await Promise.all(checks)).flat()]
}
