/** `express-cis2 doctor`: examines a configuration against the world around it. */
import type { Cis2Config } from '../../options/cis2-config.js'
import type { Cis2Options } from '../../options/cis2-options.js'
import type { CliIo } from '../io.js'
import { createAsk } from './ask-application.js'
import { checkApplication } from './check-application.js'
import { checkConfiguration } from './check-configuration.js'
import { checkNhsApi } from './check-nhs-api.js'
import { checkProvider } from './check-provider.js'
import { checkRedis } from './check-redis.js'
import { checkTls } from './check-tls.js'
import type { Finding } from './findings.js'
import { checkRegistration } from './registration/check-registration.js'
import { type Part, runParts, type Watch } from './run-parts.js'

export interface DoctorOptions {
  /** Whether the application at `baseUrl` is asked too. */
  readonly askApplication: boolean
  /** How the application is reached; CIS2 is reached as the options say. */
  readonly fetch: typeof fetch
  readonly env: CliIo['env']
  /** Whether the options were read from `env`, so that problems name the variable. */
  readonly fromEnvironment?: boolean
  /** Default: nobody watches, and 30 seconds are the limit. */
  readonly watch?: Watch
}

/** Every finding, in the order in which to mend things. */
export async function examine(options: Cis2Options, settings: DoctorOptions): Promise<Finding[]> {
  const { config, findings } = checkConfiguration(options, settings.env, settings)
  if (config === undefined) return findings
  return [...findings, ...(await runParts(partsOf(config, settings), settings.watch))]
}

function partsOf(config: Cis2Config, { askApplication, fetch }: DoctorOptions): Part[] {
  const { nhsApi } = config
  return [
    { name: 'CIS2', findings: checkCis2(config, askApplication ? fetch : undefined) },
    { name: 'Redis', findings: checkRedis(config) },
    ...(nhsApi === undefined ? [] : [{ name: 'the NHS API platform', findings: checkNhsApi(config, nhsApi) }]),
    ...(askApplication
      ? [
          { name: 'the application', findings: checkApplication(config, fetch) },
          { name: 'its TLS', findings: checkTls(config) },
        ]
      : []),
  ]
}

async function checkCis2(config: Cis2Config, fetchApplication: typeof fetch | undefined): Promise<Finding[]> {
  const { findings, metadata } = await checkProvider(config)
  if (metadata === undefined) return findings
  const ask = fetchApplication === undefined ? undefined : createAsk(config, fetchApplication)
  return [...findings, ...(await checkRegistration(config, metadata, ask))]
}
