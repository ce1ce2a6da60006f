/** `express-cis2 keys new`: a key pair for `private_key_jwt`, on disk, and nowhere else. */
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import type { AssertionAlgorithm } from '../options/client-authentication-options.js'
import { publicJwkOf } from '../options/signing-keys.js'
import { makeFolder, writeNewFile } from './new-file.js'

const CURVES: Partial<Record<AssertionAlgorithm, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

export interface NewKeyOptions {
  readonly alg: AssertionAlgorithm
  /** Length of an RSA key; of no meaning for `ES…`. */
  readonly bits: number
  /** Folder to write to; made when it does not exist. */
  readonly out: string
}

export interface NewKeyFiles {
  readonly kid: string
  readonly alg: AssertionAlgorithm
  readonly privateKeyFile: string
  readonly jwksFile: string
}

/**
 * Makes a key pair and writes the private key (PKCS#8 PEM, mode 600) and the public key (a JWKS).
 * Never overwrites a file: rejects with a `CliError` instead.
 */
export async function createKeyFiles({ alg, bits, out }: NewKeyOptions): Promise<NewKeyFiles> {
  const { privateKey, publicKey } = await generate(alg, bits)
  const publicJwk = publicJwkOf(publicKey, alg)
  const { kid } = publicJwk
  const folder = resolve(out)
  const name = `cis2-key-${kid.slice(0, 8)}`
  const files = { privateKeyFile: join(folder, `${name}.pem`), jwksFile: join(folder, `${name}.jwks.json`) }

  await makeFolder(folder)
  await writeNewFile(files.privateKeyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 0o600)
  await writeNewFile(files.jwksFile, `${JSON.stringify({ keys: [publicJwk] }, null, 2)}\n`, 0o644)
  return { kid, alg, ...files }
}

function generate(alg: AssertionAlgorithm, bits: number): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  const namedCurve = CURVES[alg]
  const make = promisify(generateKeyPair)
  return namedCurve === undefined ? make('rsa', { modulusLength: bits }) : make('ec', { namedCurve })
}

/** What to do with a new key. */
export function nextSteps({ kid, alg, privateKeyFile, jwksFile }: NewKeyFiles): string {
  return [
    `Key ${kid} (${alg})`,
    `  private: ${privateKeyFile} (mode 600: keep it in your secret store, then delete the file)`,
    `  public:  ${jwksFile}`,
    '',
    'Next:',
    '  1. Put it first in the options, before the key in use if there is one, not to sign before tomorrow:',
    `       keys: [{ privateKey: process.env.CIS2_PRIVATE_KEY, alg: '${alg}', notBefore: new Date('…') }, …]`,
    '     cis2Auth publishes every listed key; CIS2 has a day to fetch it. A first key needs no notBefore.',
    '  2. Register the address of the JWKS (/.well-known/jwks.json below baseUrl) with CIS2, once.',
    '     The JWKS file is for registrations that ask for one.',
    '  3. Deploy, then check with: npx express-cis2 doctor',
    '',
  ].join('\n')
}
