/** The two documents that CIS2 publishes: its metadata and its keys. */
import { wellKnownAddress } from './endpoint-rules.js'
import { Fault } from '../outbound/fault.js'
import { parseJsonObject } from '../outbound/json.js'
import { parseKeySet, type KeySet } from './key-set.js'
import { parseMetadata, type MetadataExpectation, type ProviderMetadata } from './metadata.js'
import { mediaType, type Outbound } from '../outbound/outbound-http.js'

/** Fetches and checks the discovery document. Rejects with a {@link Fault}. */
export async function fetchMetadata(outbound: Outbound, config: MetadataExpectation): Promise<ProviderMetadata> {
  const document = await fetchJson(outbound, wellKnownAddress(config.issuer), 'discovery')
  return parseMetadata(document, config)
}

/** Fetches CIS2's keys. Rejects with a {@link Fault}, also when none of them can verify. */
export async function fetchKeySet(outbound: Outbound, jwksUri: string): Promise<KeySet> {
  const keys = parseKeySet(await fetchJson(outbound, jwksUri, 'keys'))
  // An empty set is a fault of CIS2's, not the end of every key: the last good ones go on serving.
  if (keys === undefined || keys.size === 0) throw new Fault('content', 'The key set of CIS2 holds no usable key.')
  return keys
}

const NAMES = { discovery: 'discovery document', keys: 'key set' } as const

async function fetchJson(outbound: Outbound, address: string, endpoint: keyof typeof NAMES) {
  const name = NAMES[endpoint]
  const response = await outbound.send(address, {
    endpoint,
    method: 'GET',
    headers: { accept: 'application/json, application/jwk-set+json' },
  })
  if (response.status !== 200) throw new Fault('status', `The ${name} of CIS2 came with status ${response.status}.`)
  const document = /^application\/(?:[\w.-]+\+)?json$/.test(mediaType(response.headers))
    ? parseJsonObject(response.body)
    : undefined
  if (document === undefined) throw new Fault('content', `The ${name} of CIS2 is no JSON object.`)
  return document
}
