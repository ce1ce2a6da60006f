/** Faults in how the ID token is signed. */
import type { Claims } from '../jwt.js'
import { type FaultsAt, unsign } from './fault.js'

/** A token whose payload was changed after it was signed. */
function alterPayload(token: string): string {
  const [header, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
  const altered = Buffer.from(JSON.stringify({ ...claims, sub: '555999999999' })).toString('base64url')
  return [header, altered, signature].join('.')
}

/** Signatures that are missing, forged, or of a kind that CIS2 does not use. */
export const idTokenSignature = {
  'signature-forged': {
    spoils: "The ID token is signed by a stranger, under the real key's kid.",
    outcome: 'refuse',
    note: 'Relying on TLS alone would let it in.',
    spoil: (draft) => (draft.signWith = 'stranger'),
  },
  'signature-missing': {
    spoils: 'The ID token has no signature, alg is none.',
    outcome: 'refuse',
    spoil: unsign,
  },
  'payload-altered': {
    spoils: "Another user's sub was put into the ID token after it was signed.",
    outcome: 'refuse',
    spoil: (draft) => (draft.finish = alterPayload),
  },
  'alg-confused': {
    spoils: 'The ID token is signed with HS256; the secret is the text of the public key.',
    outcome: 'refuse',
    note: 'The algorithm comes from configuration, never from the token.',
    spoil: (draft) => {
      draft.header.alg = 'HS256'
      draft.signWith = 'public-key-text'
    },
  },
  'alg-elliptic': {
    spoils: 'The ID token is signed with ES256 and a key that is really published.',
    outcome: 'refuse',
    note: 'CIS2 signs with RS256.',
    spoil: (draft) => {
      draft.header.alg = 'ES256'
      draft.signWith = 'elliptic'
    },
  },
  'kid-unknown': {
    spoils: 'The kid of the ID token is in no key set.',
    outcome: 'refuse',
    note: 'It looks for new keys once, and not for every such token.',
    spoil: (draft) => (draft.header.kid = '../../nowhere'),
  },
  'kid-missing': {
    spoils: 'The ID token has no kid. One RSA key is published for signing, others for encryption.',
    outcome: 'accept',
    note: 'With the one key it can be; where several could be meant, it refuses.',
    spoil: (draft) => delete draft.header.kid,
  },
  'header-key-offered': {
    spoils:
      "The ID token's header brings the stranger's key that it is signed with along (jwk, and an address in jku).",
    outcome: 'refuse',
    note: 'Keys come from the key set that discovery names, never from the token.',
    spoil: (draft) => {
      draft.signWith = 'stranger'
      draft.offerKey = true
      draft.header.jku = 'https://elsewhere.example/keys'
    },
  },
} satisfies FaultsAt<'id-token'>
