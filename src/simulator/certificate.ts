/** A certificate for TLS on this machine: made at start, kept in memory, trusted by those alone who are handed it. */
import { generateKeyPair, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'

import { SimulatorOptionsError } from './options-error.js'

/** Both as PEM. */
export interface Certificate {
  readonly certificate: string
  readonly privateKey: string
}

const DAY_MILLISECONDS = 24 * 3600 * 1000
/** Long enough for any development server; browsers take none that lasts much longer than a year. */
const VALID_DAYS = 90

/** Types of a subject alternative name (RFC 5280, 4.2.1.6). */
const DNS_NAME = 2
const IP_ADDRESS = 7

function alternativeName(host: string) {
  return isIP(host) === 0 ? { type: DNS_NAME, value: host } : { type: IP_ADDRESS, ip: host }
}

/** Makes a self-signed certificate for loopback and for the hosts given. */
export async function makeCertificate(hosts: readonly string[]): Promise<Certificate> {
  const forge = await loadForge()
  const keys = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const subject = [{ name: 'commonName', value: 'CIS2 simulator' }]
  const names = new Set(['localhost', '127.0.0.1', '::1', ...hosts])
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey)
  // Positive: the first byte begins with a zero bit.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  // By the machine's clock: whoever checks it knows no other.
  certificate.validity.notBefore = new Date(Date.now() - DAY_MILLISECONDS)
  certificate.validity.notAfter = new Date(Date.now() + VALID_DAYS * DAY_MILLISECONDS)
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [...names].map(alternativeName) },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create())
  return { certificate: forge.pki.certificateToPem(certificate), privateKey: keys.privateKey }
}

/** Only TLS needs it, and it is large: an optional peer dependency, which production does without. */
async function loadForge() {
  try {
    const { default: forge } = await import('node-forge')
    return forge
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
    throw new SimulatorOptionsError(['https: needs the package node-forge: npm install --save-dev node-forge'])
  }
}
