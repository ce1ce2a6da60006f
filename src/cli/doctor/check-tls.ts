/** Which versions of TLS the public address takes: 1.2 or later, and no older one. */
import { connect, type SecureVersion } from 'node:tls'

import type { Cis2Config } from '../../options/cis2-config.js'
import { codeOf } from '../io.js'
import { type Finding, ok, problem, warning } from './findings.js'

const CHECK = 'tls-versions'
const OLD: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1']

type Outcome = 'taken' | 'refused' | 'unreachable' | 'untried'

/** Handshakes alone: nothing is asked. */
export async function checkTls({ baseUrl, timeoutSeconds }: Cis2Config): Promise<Finding[]> {
  if (!baseUrl.secure) return []
  const tried = await Promise.all(
    OLD.map(async (version) => ({ version, outcome: await shakeHands(baseUrl.origin, version, timeoutSeconds) })),
  )
  const having = (wanted: Outcome) => tried.filter(({ outcome }) => outcome === wanted).map(({ version }) => version)
  // Said by `application`.
  if (having('unreachable').length > 0) return []
  if (having('taken').length > 0) return [oldVersions(baseUrl.origin, having('taken'))]
  if (having('untried').length > 0) return [untried(having('untried'))]
  return [ok(CHECK, `${baseUrl.origin} refuses TLS 1.0 and 1.1`)]
}

function oldVersions(origin: string, versions: readonly string[]): Finding {
  return problem(
    CHECK,
    `${origin} takes ${versions.join(' and ')}`,
    'CIS2 asks for TLS 1.2 or later of whoever signs users in (NHS CIA Sec Req 003).',
    'Switch the old versions off where TLS ends: in the load balancer, the proxy, or the CDN.',
  )
}

function untried(versions: readonly string[]): Finding {
  return warning(
    CHECK,
    `this Node.js cannot speak ${versions.join(' and ')}`,
    'Whether the address takes them is not known: CIS2 asks for TLS 1.2 or later (NHS CIA Sec Req 003).',
    'Run this command with a Node.js from nodejs.org, or scan the address with another tool.',
  )
}

/** What OpenSSL says when it is its own configuration that has no such version. */
const OURS = /NO_PROTOCOLS_AVAILABLE|NO_CIPHERS_AVAILABLE|NO_CIPHER_MATCH|LIBRARY_HAS_NO/

const NO_CONNECTION = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
])

/** Whether a server takes a version: a handshake, and nothing is sent. `untried`: this Node.js cannot speak it. */
export function shakeHands(origin: string, version: SecureVersion, timeoutSeconds: number): Promise<Outcome> {
  const { hostname, port } = new URL(origin)
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const end = (outcome: Outcome) => {
      socket.destroy()
      resolve(outcome)
    }
    const socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      minVersion: version,
      maxVersion: version,
      // OpenSSL takes the old versions' signatures at its lowest level only.
      ciphers: 'DEFAULT@SECLEVEL=0',
      // The version is what is asked about; the certificate is judged where answers are read.
      rejectUnauthorized: false,
    })
    socket.setTimeout(timeoutSeconds * 1000, () => {
      end('unreachable')
    })
    socket.once('secureConnect', () => {
      end('taken')
    })
    socket.once('error', (error) => {
      const code = codeOf(error) ?? ''
      end(NO_CONNECTION.has(code) ? 'unreachable' : OURS.test(code) ? 'untried' : 'refused')
    })
    socket.once('end', () => {
      end('refused')
    })
  })
}
