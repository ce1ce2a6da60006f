/** CIS2's published keys: which of them may verify. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'

import { parseKeySet } from '../../../src/oidc/key-set.js'
import { parseJsonObject } from '../../../src/outbound/json.js'
import { hold, type FuzzTarget } from './target.js'

const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
const { n: small = '' } = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
/** Stands for the modulus, which differs from run to run and is long. */
const SHORTHAND = [
  ['"{n}"', JSON.stringify(n)],
  ['"{small}"', JSON.stringify(small)],
] as const
const KEY = { kty: 'RSA', n: '{n}', e, use: 'sig', kid: 'one', alg: 'RS256' }

type Member = Readonly<Record<string, unknown>>

export const jwks: FuzzTarget = {
  name: 'jwks',
  seeds: [
    JSON.stringify({ keys: [KEY] }),
    JSON.stringify({ keys: [KEY, { ...KEY, use: 'enc' }, { ...KEY, kid: 'two', alg: 'RS512' }] }),
    JSON.stringify({ keys: [{ kty: 'RSA', n: '{n}', e }] }),
    JSON.stringify({
      keys: [
        { ...KEY, n: '{small}' },
        { ...KEY, e: 'AQ' },
        { ...KEY, e: 'Ag' },
        { ...KEY, e: '' },
      ],
    }),
    JSON.stringify({ keys: [{ ...KEY, key_ops: ['verify'], kid: null, alg: null }] }),
    JSON.stringify({
      keys: [
        { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
        { kty: 'oct', k: 'k' },
      ],
    }),
    JSON.stringify({ keys: Array.from({ length: 6 }, () => KEY) }),
    '{"keys":{}}',
  ],
  maxBytes: 3_000,
  run(input) {
    const text = SHORTHAND.reduce((whole, [short, long]) => whole.replaceAll(short, long), input.toString('latin1'))
    const document = parseJsonObject(Buffer.from(text, 'latin1'))
    if (document === undefined) return
    const keys = parseKeySet(document)
    hold((keys === undefined) === !Array.isArray(document.keys), 'a document with a list of keys is a key set')
    if (keys === undefined) return
    const members = (document.keys as readonly unknown[]).filter(
      (each) => typeof each === 'object' && each !== null,
    ) as Member[]
    hold(keys.size <= members.length, 'no key is made up')
    for (const alg of ['RS256', 'RS512']) {
      for (const kid of ['one', 'two', undefined]) {
        const found = keys.find({ alg, kid })
        hold(found.length <= 4, 'few keys are tried')
        hold(kid !== undefined || found.length <= 1, 'without a name there is no choice')
        for (const key of found) checkKey(key, members, { alg, kid })
      }
    }
    hold(parseKeySet({ keys: [...members].reverse() })?.fingerprint === keys.fingerprint, 'their order does not matter')
  },
}

function checkKey(
  key: KeyObject,
  members: readonly Member[],
  { alg, kid }: { alg: string; kid: string | undefined },
): void {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  hold(key.type === 'public' && key.asymmetricKeyType === 'rsa', 'a key is a public RSA key')
  hold(modulusLength >= 2048, 'a key is long enough')
  hold(publicExponent >= 3n && publicExponent % 2n === 1n, 'an exponent is one of RSA')
  const mustSay = members.some((member) => member.use === 'enc')
  const fitting = members.filter(
    (member) =>
      member.kty === 'RSA' &&
      (member.use === 'sig' || (member.use === undefined && !mustSay)) &&
      (kid === undefined || member.kid === kid) &&
      (member.alg === undefined || member.alg === null || member.alg === alg),
  )
  hold(fitting.length > 0, 'a key was published for signatures, under that name, for that algorithm')
}
