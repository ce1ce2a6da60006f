/** Opening the port and closing it, with or without TLS; and what the simulator's addresses are then. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { type Certificate, makeCertificate } from './certificate.js'
import { AM_REALM_PATH, type SimulatorSettings } from './options.js'
import type { StateFolder } from './state.js'
import type { Addresses } from './world.js'

/** A server that listens, and where. */
export interface Listening {
  readonly server: Server
  readonly addresses: Addresses
}

/** Listens as the settings say; rejects with Node's own error when it cannot. */
export async function startListening(settings: SimulatorSettings, state?: StateFolder): Promise<Listening> {
  const certificate = await certificateFor(settings, state)
  const server = await listen(settings, certificate)
  const { port } = server.address() as AddressInfo
  return { server, addresses: { ...addressesOf(settings, port), certificate: certificate?.certificate } }
}

/** Closes the port and every connection. `stopping` tells answers that still wait. */
export async function stopListening(server: Server, stopping: AbortController): Promise<void> {
  stopping.abort()
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

async function certificateFor(
  { https, host, issuer }: SimulatorSettings,
  state: StateFolder | undefined,
): Promise<Certificate | undefined> {
  if (!https) return undefined
  const displayed = issuer === undefined ? [] : [new URL(issuer).hostname.replace(/^\[|\]$/g, '')]
  const hosts = [host, ...displayed]
  const saved = await state?.readCertificate()
  if (saved && isGood(saved.certificate) && hosts.every((each) => saved.hosts.includes(each))) return saved
  const certificate = await makeCertificate(hosts)
  await state?.writeCertificate({ ...certificate, hosts })
  return certificate
}

const DAY_MILLISECONDS = 24 * 3600 * 1000

/** For another day at least, by the machine's clock: whoever checks it knows no other. */
function isGood(certificate: string): boolean {
  return Date.parse(new X509Certificate(certificate).validTo) > Date.now() + DAY_MILLISECONDS
}

async function listen({ host, port }: SimulatorSettings, tls: Certificate | undefined): Promise<Server> {
  const server = tls ? createTlsServer({ key: tls.privateKey, cert: tls.certificate }) : createServer()
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

/** Addresses that mean "all interfaces" cannot be connected to everywhere; loopback can. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function addressesOf(
  { host, issuer: displayed, https }: SimulatorSettings,
  port: number,
): Omit<Addresses, 'certificate'> {
  const url = `${https ? 'https' : 'http'}://${reachableHost(host)}:${port}`
  const issuer = displayed ?? `${url}${AM_REALM_PATH}`
  const origin = issuer.replace(/^(https?:\/\/[^/]*).*/, '$1')
  return { url, issuer, origin, basePath: new URL(issuer).pathname, port }
}
