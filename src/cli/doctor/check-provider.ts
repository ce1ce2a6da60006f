/** What CIS2 says: discovery, issuer, endpoints, clock, published keys. */
import type { Cis2Config } from '../../options/cis2-config.js'
import { wellKnownAddress } from '../../oidc/endpoint-rules.js'
import { CIS2 } from '../../oidc/peer.js'
import { Fault, type FaultKind } from '../../outbound/fault.js'
import { type JsonObject, parseJsonObject } from '../../outbound/json.js'
import type { ProviderMetadata } from '../../oidc/metadata.js'
import { answeredAt, createOutbound, type Outbound } from '../../outbound/outbound-http.js'
import { fetchKeySet, fetchMetadata } from '../../oidc/published-documents.js'
import { type Check, type Finding, ok, problem, warning } from './findings.js'

/** Tokens carry whole seconds; below this nobody notices. */
const UNREMARKABLE_SKEW_SECONDS = 5

const CURES: Partial<Record<FaultKind, string>> = {
  network: 'Check name resolution, the firewall, and whether a proxy is needed (the fetch option).',
  timeout: 'Check the firewall and the proxy; raise timeoutSeconds only when the network is known to be slow.',
  tls: 'Check the certificate chain; behind a proxy that opens TLS, set NODE_EXTRA_CA_CERTS to its authority.',
  redirect: 'Check the issuer: CIS2 never redirects. A captive proxy may be in between.',
  issuer: 'Take the issuer as CIS2 publishes it, or name the environment instead.',
  endpoint: 'If the other origin is CIS2 too, list it in allowedEndpointOrigins.',
}

export interface ExaminedProvider {
  readonly findings: Finding[]
  /** Undefined when there is none that can be used. */
  readonly metadata: ProviderMetadata | undefined
}

/** Asks CIS2 as `cis2Auth` does, with the same code. */
export async function checkProvider(config: Cis2Config): Promise<ExaminedProvider> {
  const outbound = createOutbound({ ...CIS2, fetch: config.fetch, timeoutSeconds: config.timeoutSeconds })
  const seen: Seen = { headers: new Headers(), document: undefined }
  const askedAt = config.clock()
  const clock = () => checkClock(seen.headers, (askedAt + config.clock()) / 2, config.clockToleranceSeconds)
  try {
    const metadata = await fetchMetadata(remembering(outbound, seen), config)
    const findings = [
      ok('discovery', `${wellKnownAddress(config.issuer)} answers`),
      ...clock(),
      checkIssuer(metadata, config),
      checkScopes(seen.document?.scopes_supported, config.scopes),
      await checkKeys(metadata, outbound),
    ]
    return { findings, metadata }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { findings: [...clock(), failed(CHECK_OF[error.kind] ?? 'discovery', error)], metadata: undefined }
  } finally {
    outbound.close()
  }
}

/** The check that a fault of the discovery document belongs to, where it is not whether there is one. */
const CHECK_OF: Partial<Record<FaultKind, Check>> = { issuer: 'issuer', endpoint: 'endpoints' }

/** The last answer, for what it says beside what the product reads of it. */
interface Seen {
  headers: Headers
  document: JsonObject | undefined
}

function remembering(outbound: Outbound, seen: Seen): Outbound {
  return {
    ...outbound,
    async send(...request) {
      const answer = await outbound.send(...request)
      seen.headers = answer.headers
      seen.document = parseJsonObject(answer.body)
      return answer
    },
  }
}

function failed(check: Check, fault: Fault): Finding {
  return problem(
    check,
    fault.message,
    'Signing in answers 503 until this works.',
    CURES[fault.kind] ?? 'Check the issuer, and whether something between here and CIS2 answers in its place.',
  )
}

/** Nothing when no time is told. */
function checkClock(headers: Headers, now: number, toleranceSeconds: number): Finding[] {
  const told = toldSeconds(headers)
  if (told === undefined) return []
  const skew = now / 1000 - told
  const size = Math.round(Math.abs(skew))
  const message = `this machine's clock is ${size} s ${skew > 0 ? 'ahead of' : 'behind'} CIS2's`
  if (size <= UNREMARKABLE_SKEW_SECONDS) return [ok('clock', 'agrees with that of CIS2')]
  const cure = 'Synchronise this machine with NTP.'
  return size > toleranceSeconds
    ? [problem('clock', message, `More than clockToleranceSeconds (${toleranceSeconds}): sign-ins are refused.`, cure)]
    : [warning('clock', message, `Sign-ins are refused beyond clockToleranceSeconds (${toleranceSeconds}).`, cure)]
}

/** Epoch seconds by the other side's clock. A cache tells with `Age` how long ago it was told. */
function toldSeconds(headers: Headers): number | undefined {
  const told = answeredAt(headers)
  const age = Number(headers.get('age'))
  return told === undefined ? undefined : told.getTime() / 1000 + (Number.isFinite(age) ? age : 0)
}

function checkIssuer(metadata: ProviderMetadata, config: Cis2Config): Finding {
  const note =
    metadata.issuer === config.issuer ? '' : ', as discovered; the setting leaves the port out, which is fine'
  return ok('issuer', `${metadata.issuer}${note}`)
}

function checkScopes(listed: unknown, scopes: string): Finding {
  const offered: unknown[] = Array.isArray(listed) ? listed : []
  const missing = scopes.split(' ').filter((scope) => !offered.includes(scope))
  if (offered.length === 0 || missing.length === 0) return ok('scopes', scopes)
  return warning(
    'scopes',
    `CIS2 does not list ${missing.join(', ')} among its scopes`,
    'A scope that is not offered is refused or ignored: what it would bring is missing from the user.',
    'Check the spelling, and that the scope was granted to this client.',
  )
}

async function checkKeys({ jwksUri }: ProviderMetadata, outbound: Outbound): Promise<Finding> {
  try {
    const { size } = await fetchKeySet(outbound, jwksUri)
    return ok('provider-keys', `${size} signing ${size === 1 ? 'key' : 'keys'} published`)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return failed('provider-keys', error)
  }
}
