/** PEM text: imported, or what is wrong with it, which is most often how it got here. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { damageOf } from './damaged-text.js'

export type KeyKind = 'private' | 'public'

const PEM_PROBLEMS: Readonly<Record<string, string>> = {
  'RSA PRIVATE KEY': 'is in PKCS#1 form; convert it to PKCS#8: openssl pkcs8 -topk8 -nocrypt',
  'EC PRIVATE KEY': 'is in SEC1 form; convert it to PKCS#8: openssl pkcs8 -topk8 -nocrypt',
  'ENCRYPTED PRIVATE KEY': 'is encrypted; decrypt it first: openssl pkcs8 -topk8 -nocrypt',
  'RSA PUBLIC KEY': 'is in PKCS#1 form; convert it to SPKI: openssl rsa -RSAPublicKey_in -pubout',
  CERTIFICATE: 'is a certificate; the key is needed',
}

/** The key in a PEM text; a text says what is wrong, without a word of the key. */
export function readPem(text: string, wanted: KeyKind): KeyObject | string {
  // Environment files and secret stores often hold the line breaks as two characters.
  const pem = text.replaceAll('\\r', '').replaceAll('\\n', '\n').trim()
  const label = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1]
  if (label === undefined) return `is no PEM text: it must begin with -----BEGIN${whatElse(pem)}`
  if (label !== `${wanted.toUpperCase()} KEY`) return PEM_PROBLEMS[label] ?? `is not the ${wanted} key that is needed`
  const importPem = wanted === 'private' ? createPrivateKey : createPublicKey
  return importKey(() => importPem({ key: pem, format: 'pem' })) ?? `is damaged PEM text${likelyDamage(pem)}`
}

/** The key, or undefined when the engine takes it for none. */
export function importKey(importIt: () => KeyObject): KeyObject | undefined {
  try {
    return importIt()
  } catch {
    // The engine's message is dropped on purpose: it is about key material.
    return undefined
  }
}

function likelyDamage(pem: string): string {
  if (pem.includes('\\')) return ': its line breaks are escaped twice; they must be \\n, or real ones'
  if (!/-----END [A-Z0-9 ]+-----/.test(pem)) {
    return ': it ends before its last line, -----END; only a part of it arrived, as from a file that is read line by line'
  }
  if (pem.includes('\n')) return ''
  return ': it has lost its line breaks (spaces stand in their place, or nothing); keep them, or write them as \\n'
}

/** What a text is that is no PEM text, when that can be told. */
function whatElse(text: string): string {
  const damage = damageOf(text)
  if (damage !== undefined) return `, and ${damage}`
  if (text.startsWith('{')) return ', and is a JWK as text: hand in the object, JSON.parse(…)'
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('latin1').includes('-----BEGIN')) {
    return ", and is base64 of PEM text: decode it first, Buffer.from(text, 'base64').toString()"
  }
  // DER: a sequence.
  if (/^[\w+/=\s-]{64,}$/.test(text) && bytes[0] === 0x30) return ', and is a key without its first and last line'
  return isFileName(text) ? ', and looks like the name of a file: hand in what the file contains' : ''
}

function isFileName(text: string): boolean {
  return !/\s/.test(text) && (/^([./~]|[a-z]:\\)/i.test(text) || /\.(pem|key|p8|crt)$/i.test(text))
}
