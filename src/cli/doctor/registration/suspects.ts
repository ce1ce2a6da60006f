/** Why CIS2 refuses a client: what was shown first, then what was seen, then by likelihood. */
import type { ClientAuthenticationConfig } from '../../../options/cis2-config.js'
import type { PublishedKey } from '../published-keys.js'
import type { Refusal } from './token-answer.js'
import type { Taken } from './try-others.js'

export interface Suspect {
  readonly cause: string
  readonly cure: string
  /** What the cause rests on; undefined: it was shown. */
  readonly restsOn?: string
}

/** What is known of a refused client. */
export interface RefusedClient {
  readonly method: ClientAuthenticationConfig['method']
  readonly clientId: string
  readonly says: Refusal
  /** Whether the authorization endpoint knows the client; undefined: not told. */
  readonly isKnown: boolean | undefined
  readonly taken: Taken | undefined
  /** The key that signs, at the application's JWKS address; undefined without one, or when it was not asked. */
  readonly published: PublishedKey | undefined
}

const ENGINE_TEXT = "the text of the engine's answer, as known of ForgeRock/Ping AM"
const LIKELIHOOD = 'how often each is met: CIS2 does not say which'

/** The most likely first; never empty. */
export function suspectsOf(client: RefusedClient): [Suspect, ...Suspect[]] {
  const shown = client.taken === undefined ? [] : [shownBy(client.taken)]
  const all = [...shown, ...seenIn(client), ...usual(client)]
  const unique = all.filter(({ cause }, at) => all.findIndex((other) => other.cause === cause) === at)
  return unique as [Suspect, ...Suspect[]]
}

function shownBy(taken: Taken): Suspect {
  switch (taken.what) {
    case 'audience':
      return {
        cause: `CIS2 takes ${taken.audience} as "aud" of the assertion, and the discovery document that arrives here has the address ${taken.audience.includes(':443') ? 'without' : 'with'} ":443".`,
        cure: 'Let nothing rewrite the discovery document on its way: look at the proxy, and at the fetch option.',
      }
    case 'key':
      return {
        cause: `CIS2 takes the key "${taken.kid}", and not "${taken.refused}", which signs: it has not read that one yet, or has read another under its kid.`,
        cure: 'Publish both, and give the new one a notBefore 24 hours after it was published.',
      }
    case 'method':
      return {
        cause: `This secret is registered for ${taken.method}.`,
        cure: `Set clientAuthentication.method to '${taken.method}', or change the registration.`,
      }
  }
}

function seenIn({ isKnown, clientId, says, method, published }: RefusedClient): Suspect[] {
  return [
    ...(isKnown === false ? [unknownClient(clientId)] : []),
    ...(says === 'method' ? [otherMethod(method)] : []),
    ...(says === 'expired' ? [clock()] : []),
    ...(says === 'audience' ? [audience()] : []),
    ...(published === undefined || published.seen === 'same' ? [] : [unpublished(published)]),
  ]
}

/** The form in which client IDs are given out. */
const USUAL_CLIENT_ID = /^\d+\.apps\.\w+$/

function unknownClient(clientId: string): Suspect {
  const [first, then] = USUAL_CLIENT_ID.test(clientId)
    ? ['belongs to another environment', 'is misspelt']
    : ['is misspelt', 'belongs to another environment']
  return {
    cause: `This environment knows no client "${clientId}": it ${first}, or it ${then}.`,
    cure: 'Take the client ID of this very environment from its registration; each environment gives its own.',
    restsOn: ENGINE_TEXT,
  }
}

function otherMethod(method: string): Suspect {
  const instead = method === 'private_key_jwt' ? 'a client secret' : 'private_key_jwt, or a method beside these'
  return {
    cause: `The client is registered for another method than ${method}: ${instead}.`,
    cure: 'Set clientAuthentication to the registered method, or change the registration.',
    restsOn: ENGINE_TEXT,
  }
}

function clock(): Suspect {
  return {
    cause: "The assertion had expired when it arrived: this machine's clock is behind.",
    cure: 'Synchronise this machine with NTP.',
    restsOn: ENGINE_TEXT,
  }
}

function audience(): Suspect {
  return {
    cause: '"aud" of the assertion is not the token endpoint as CIS2 has it: ":443" was lost, or the host is an alias.',
    cure: 'Let nothing rewrite the discovery document on its way: look at the proxy, and at the fetch option.',
    restsOn: ENGINE_TEXT,
  }
}

function unpublished({ seen, kid, address }: PublishedKey): Suspect {
  const restsOn = `the address registered with CIS2 being ${address}`
  if (seen === 'other-key') {
    return {
      cause: `Another key than the one that signs is published as "${kid}" at ${address}.`,
      cure: 'Deploy with the same keys as here, and give each key its own kid.',
      restsOn,
    }
  }
  if (seen === 'missing') {
    return {
      cause: `The key that signs, "${kid}", is not published at ${address}.`,
      cure: 'Deploy with the same keys as here, and sign with a new one after 24 hours only (notBefore).',
      restsOn,
    }
  }
  return {
    cause: `The keys cannot be read at ${address}: CIS2 cannot read them either.`,
    cure: 'Make the address public: https with its whole certificate chain, no login, no firewall in front of it.',
    restsOn,
  }
}

/** By how often teams report each. */
function usual({ method, published, isKnown }: RefusedClient): Suspect[] {
  const otherEnvironment = because(
    'The client ID, or what proves it, belongs to another environment.',
    'Compare both with the registration of this very environment; each environment has its own.',
  )
  const registeredMethod = because(
    `The client is registered for another method than ${method}.`,
    'Compare clientAuthentication.method with the registration.',
  )
  if (method !== 'private_key_jwt') {
    const secret = because(
      'The client secret is wrong.',
      'Take the secret from the registration anew; look for a space or a line end.',
    )
    return [secret, registeredMethod, ...(isKnown === true ? [] : [otherEnvironment])]
  }
  const isPublished = published?.seen === 'same'
  const unread = because(
    isPublished
      ? 'CIS2 knows another key under this kid, or none: it reads keys from another address, or has not read them anew.'
      : 'CIS2 knows no such key: it is not published under this kid, or another key is.',
    isPublished
      ? 'Compare the registered JWKS address with the published; wait an hour after a change of keys.'
      : 'Compare the key and its kid with what is published or registered: run this command without --no-app.',
  )
  const unreachable = because(
    'CIS2 cannot reach the JWKS address: it is not public, asks for a login, or its certificate chain is incomplete.',
    'Fetch the address from outside of your network, without a browser.',
  )
  const algorithm = because(
    'Another algorithm is registered for the keys than the one that signs.',
    'Compare "alg" of the key with the registration; RS256 and RS512 can be registered.',
  )
  return [unread, unreachable, ...(isKnown === true ? [] : [otherEnvironment]), registeredMethod, algorithm]
}

function because(cause: string, cure: string): Suspect {
  return { cause, cure, restsOn: LIKELIHOOD }
}
