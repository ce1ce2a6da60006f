/** The finding that something answers, and it is not this package. */
import type { Answer } from './ask-application.js'
import { type Check, type Finding, problem } from './findings.js'

export function wrongAnswer(check: Check, { address, status, json }: Answer): Finding {
  const code = typeof json?.code === 'string' ? ` (${json.code})` : ''
  return problem(
    check,
    `${address} answers ${status}${code}, which is not what express-cis2 answers there`,
    'Something else answers in its place, or the path is not passed on.',
    'Look at what stands before the application (proxy, firewall, basic auth): it must pass this path on unchanged.',
  )
}
