/** Faults of the discovery document and the key set. A relying party keeps both: these strike one that starts. */
import type { FaultsAt } from './fault.js'

/** In the discovery document. */
export const discovery = {
  'discovery-issuer-wrong': {
    spoils: 'The discovery document names another issuer.',
    outcome: 'unavailable',
    atStart: true,
    spoil: (document) => (document.issuer = `${String(document.issuer)}/other`),
  },
  'discovery-endpoint-moved': {
    spoils: 'The discovery document names a token endpoint on another host.',
    outcome: 'unavailable',
    atStart: true,
    note: 'Nothing is sent there.',
    spoil: (document) => (document.token_endpoint = 'https://elsewhere.example/access_token'),
  },
} satisfies FaultsAt<'discovery'>

/** In the key set. */
export const jwks = {
  'jwks-empty': {
    spoils: 'The key set is empty.',
    outcome: 'unavailable',
    atStart: true,
    note: 'One that has keys keeps them.',
    spoil: (keySet) => (keySet.keys = []),
  },
  'jwks-decoys-only': {
    spoils: 'The key set holds encryption keys only, one of them under the kid of the signing key.',
    outcome: 'unavailable',
    atStart: true,
    spoil: (keySet) => (keySet.keys = [...keySet.twins, ...keySet.keys.filter(({ use }) => use === 'enc')]),
  },
  'jwks-twin-first': {
    spoils: 'The key set has an encryption key in front, under the kid of the signing key.',
    outcome: 'accept',
    atStart: true,
    note: 'It looks at the use of a key, not at its kid alone. Many libraries do not: they refuse every token.',
    spoil: (keySet) => (keySet.keys = [...keySet.twins, ...keySet.keys]),
  },
  'jwks-twin-last': {
    spoils: 'The key set has an encryption key at its end, under the kid of the signing key.',
    outcome: 'accept',
    atStart: true,
    note: 'One that keeps keys by kid, the last one winning, refuses every token.',
    spoil: (keySet) => (keySet.keys = [...keySet.keys, ...keySet.twins]),
  },
} satisfies FaultsAt<'jwks'>

/** In how both are answered. */
export const metadataAnswer = {
  'metadata-down': {
    spoils: 'Discovery and key set answer 503.',
    outcome: 'unavailable',
    atStart: true,
    note: 'One that has them keeps them and tries again; users who are signed in notice nothing.',
    spoil: (answer) => (answer.status = 503),
  },
} satisfies FaultsAt<'metadata-answer'>
